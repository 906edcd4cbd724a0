"""Passwords that attackers know are found by the list, and by a server of the range protocol."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from idp.user_pools.services import lockout
from idp.user_pools.services.threats import compromised
from tests.idp.user_pools.operations.srp_exchange import Exchange
from tests.idp.user_pools.operations.watched import (
    BLOCK_COMPROMISED,
    KNOWN_TO_ATTACKERS,
    RELAXED,
    Watched,
    watch,
)
from tests.idp.user_pools.operations.world import PASSWORD, World, new_email, refused

SHORT = "summer"


def digest_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@dataclass
class Ranges:
    """A server of the range protocol on loopback, and what it was asked."""

    url: str = ""
    known: dict[str, int] = field(default_factory=dict)
    """How often each password was seen."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    status: int = 200
    wait: float = 0


@pytest.fixture
def ranges() -> Iterator[Ranges]:
    state = Ranges()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, self.headers.get("Add-Padding")))
            time.sleep(state.wait)
            prefix = self.path.rpartition("/")[2]
            hashes = {digest_of(p): n for p, n in state.known.items()}
            lines = [f"{h[5:]}:{count}" for h, count in hashes.items() if h.startswith(prefix)]
            body = "\r\n".join([*lines, "0" * 35 + ":0"]).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked may have given up
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_port}/range"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def with_ranges(world: World, ranges: Ranges, monkeypatch: pytest.MonkeyPatch) -> Ranges:
    changed = replace(world.kernel.settings, password_range_url=ranges.url)
    monkeypatch.setitem(world.kernel.__dict__, "settings", changed)
    return ranges


@pytest.fixture(scope="module")
def watched(world: World) -> Watched:
    made = watch(world)
    made.configure(**BLOCK_COMPROMISED)
    return made


def user(watched: Watched, password: str) -> str:
    email = new_email()
    watched.pool.create_user(email, password, email=email)
    return email


def test_signing_in_with_a_compromised_password_needs_a_reset(watched: Watched) -> None:
    email = user(watched, KNOWN_TO_ATTACKERS)
    with refused("PasswordResetRequiredException", "security reasons"):
        watched.app.sign_in(email, KNOWN_TO_ATTACKERS)
    event = watched.events(email)[0]
    assert event["EventResponse"] == "Fail"
    assert event["EventRisk"]["RiskDecision"] == "Block"
    assert event["EventRisk"]["CompromisedCredentialsDetected"] is True
    assert {"ChallengeName": "Password", "ChallengeResponse": "Success"} in event[
        "ChallengeResponses"
    ]


def test_a_wrong_password_that_attackers_know_is_just_wrong(watched: Watched) -> None:
    """Nobody learns what a user's password is not by another error."""
    email = user(watched, PASSWORD)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        watched.app.sign_in(email, KNOWN_TO_ATTACKERS)
    assert watched.app.sign_in(email)["AuthenticationResult"]


def test_a_compromised_password_tells_nothing_during_a_lock_out(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parallel guesses lock the user out while a right one is looked up: it looks as they do."""
    email = user(watched, KNOWN_TO_ATTACKERS)
    user_id = watched.pool.attributes(email)["sub"]
    kernel = watched.world.kernel

    def meanwhile(*_: Any) -> bool:
        for _attempt in range(5):
            now = kernel.clock.now()
            kernel.database.write(lockout.record_failure, watched.pool.id, user_id, now)
        return True

    monkeypatch.setattr(compromised, "is_compromised", meanwhile)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        watched.app.sign_in(email, KNOWN_TO_ATTACKERS)


def test_srp_has_no_password_to_look_up(watched: Watched) -> None:
    email = user(watched, KNOWN_TO_ATTACKERS)
    exchange = Exchange(watched.app, email, KNOWN_TO_ATTACKERS)
    assert exchange.respond()["AuthenticationResult"]


def test_signing_up_with_a_compromised_password_is_refused(watched: Watched) -> None:
    email = new_email()
    with refused("InvalidPasswordException", "cannot be used for security reasons"):
        watched.app.sign_up(email, KNOWN_TO_ATTACKERS)
    with refused("UserNotFoundException"):
        watched.pool.call("admin_get_user", Username=email)


def test_changing_to_a_compromised_password_is_refused(watched: Watched) -> None:
    email = user(watched, PASSWORD)
    token = watched.app.tokens(email)["AccessToken"]
    with refused("InvalidPasswordException"):
        watched.world.public.change_password(
            AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=KNOWN_TO_ATTACKERS
        )
    assert watched.app.tokens(email)


def test_a_reset_to_a_compromised_password_is_refused_and_costs_no_code(watched: Watched) -> None:
    email = user(watched, PASSWORD)
    watched.pool.call(
        "admin_update_user_attributes",
        Username=email,
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    watched.app.call("forgot_password", Username=email)
    given = {"Username": email, "ConfirmationCode": watched.world.code(email)}
    with refused("InvalidPasswordException"):
        watched.app.call("confirm_forgot_password", Password=KNOWN_TO_ATTACKERS, **given)
    watched.app.call("confirm_forgot_password", Password="Another-horse-8", **given)
    assert watched.app.tokens(email, "Another-horse-8")


def test_a_first_password_must_not_be_compromised(watched: Watched) -> None:
    email = new_email()
    watched.pool.call(
        "admin_create_user",
        Username=email,
        TemporaryPassword=KNOWN_TO_ATTACKERS,
        MessageAction="SUPPRESS",
    )
    session = watched.app.sign_in(email, KNOWN_TO_ATTACKERS)["Session"]
    responses = {"USERNAME": email, "NEW_PASSWORD": "passwordpassword"}
    given = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session}
    with refused("InvalidPasswordException"):
        watched.app.call("respond_to_auth_challenge", ChallengeResponses=responses, **given)
    responses["NEW_PASSWORD"] = PASSWORD
    answer = watched.app.call("respond_to_auth_challenge", ChallengeResponses=responses, **given)
    assert answer["AuthenticationResult"]


def test_audit_records_and_lets_pass(world: World) -> None:
    watched = watch(world, "AUDIT")
    watched.configure(**BLOCK_COMPROMISED)
    email = user(watched, KNOWN_TO_ATTACKERS)
    assert watched.app.tokens(email, KNOWN_TO_ATTACKERS)
    event = watched.events(email)[0]
    assert event["EventResponse"] == "Pass"
    assert event["EventRisk"]["CompromisedCredentialsDetected"] is True
    assert event["EventRisk"]["RiskDecision"] == "NoRisk"


def test_only_filtered_events_are_watched(world: World) -> None:
    watched = watch(world)
    compromised_credentials = {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}}
    watched.configure(CompromisedCredentialsRiskConfiguration=compromised_credentials)
    email = user(watched, KNOWN_TO_ATTACKERS)
    assert watched.app.tokens(email, KNOWN_TO_ATTACKERS)
    with refused("InvalidPasswordException"):
        watched.app.sign_up(new_email(), KNOWN_TO_ATTACKERS)


def test_a_short_password_is_looked_up_at_the_server_by_a_prefix(
    watched: Watched, with_ranges: Ranges
) -> None:
    with_ranges.known = {SHORT: 12_345}
    with refused("InvalidPasswordException"):
        watched.app.sign_up(new_email(), SHORT)
    digest = digest_of(SHORT)
    assert with_ranges.asked == [(f"/range/{digest[:5]}", "true")]


def test_padding_is_no_password(watched: Watched, with_ranges: Ranges) -> None:
    with_ranges.known = {SHORT: 0}
    assert watched.app.sign_up(new_email(), SHORT)["UserSub"]


@pytest.mark.parametrize(
    "trouble", [{"status": 503}, {"status": 302}, {"url": "http://127.0.0.1:1/range"}]
)
def test_a_server_in_trouble_locks_nobody_out(
    watched: Watched, with_ranges: Ranges, trouble: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ranges.known = {SHORT: 1}
    with_ranges.status = trouble.get("status", 200)
    settings = watched.world.kernel.settings
    changed = replace(settings, password_range_url=trouble.get("url", with_ranges.url))
    monkeypatch.setitem(watched.world.kernel.__dict__, "settings", changed)
    assert watched.app.sign_up(new_email(), SHORT)["UserSub"]


def test_a_slow_server_is_not_waited_for(
    watched: Watched, with_ranges: Ranges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compromised, "SECONDS", 0.1)
    with_ranges.known, with_ranges.wait = {SHORT: 1}, 0.5
    assert watched.app.sign_up(new_email(), SHORT)["UserSub"]


def test_a_pool_without_threat_protection_asks_no_server(world: World, with_ranges: Ranges) -> None:
    app = world.email_pool(Policies=RELAXED).client()
    assert app.sign_up(new_email(), SHORT)["UserSub"]
    assert with_ranges.asked == []
