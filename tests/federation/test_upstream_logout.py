"""A provider tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete
from structlog.testing import capture_logs

from idp.models import BrowserSession, UpstreamSession, UserPool
from idp.user_pools.services import identity_providers
from idp.user_pools.services.logout_delivery import LogoutDelivery
from tests.federation.logout_tokens import PATH, is_over, tell, told
from tests.federation.scripted_provider import (
    CLIENT_ID,
    NAME,
    OTHER,
    ScriptedProvider,
    Upstreams,
    scripted_provider,
)
from tests.idp.oauth.moves import logout_claims
from tests.idp.oauth.world import ORIGIN
from tests.servers.relying_party import EVENT, listening


def test_all_that_the_person_opened_ends(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    first, second, graces = (
        upstreams.sign_in(upstreams.world.browser(), provider, NAME, sub=sub, sid=sid)
        for sub, sid in (("ada", "s1"), ("ada", "s2"), ("grace", "s3"))
    )
    answer = tell(upstreams, told(upstreams, provider))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert is_over(upstreams, first)
    assert is_over(upstreams, second)
    assert not is_over(upstreams, graces)
    assert len(upstreams.world.rows(BrowserSession)) == 1
    assert [row.subject for row in upstreams.world.rows(UpstreamSession)] == ["grace"]


@pytest.mark.parametrize("sub", ["ada", None])
def test_one_session_ends_alone(
    upstreams: Upstreams, provider: ScriptedProvider, sub: str | None
) -> None:
    first, second = (
        upstreams.sign_in(upstreams.world.browser(), provider, NAME, sid=sid) for sid in "ab"
    )
    assert tell(upstreams, told(upstreams, provider, sid="a", sub=sub)).status_code == 200
    assert is_over(upstreams, first)
    assert not is_over(upstreams, second)


def test_a_session_of_somebody_else_does_not_end(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME, sid="a")
    assert tell(upstreams, told(upstreams, provider, sid="a", sub="eve")).status_code == 200
    assert not is_over(upstreams, tokens)


def test_a_session_that_the_provider_did_not_name_ends_with_any_of_the_persons(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME)
    assert tell(upstreams, told(upstreams, provider, sid="a")).status_code == 200
    assert is_over(upstreams, tokens)


def test_the_browser_has_to_leave_again(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    browser = upstreams.world.browser()
    upstreams.sign_in(browser, provider, NAME)
    tell(upstreams, told(upstreams, provider))
    assert upstreams.leave(browser, NAME)["client_id"] == CLIENT_ID


def test_sign_ins_end_that_outlived_their_browser_session(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    world = upstreams.world
    tokens = upstreams.sign_in(world.browser(), provider, NAME)
    with listening() as party:
        world.register(upstreams.client, backchannel_logout_uri=party.url)
        world.kernel.database.write(lambda s: s.execute(delete(BrowserSession)))
        assert tell(upstreams, told(upstreams, provider)).status_code == 200
        LogoutDelivery(world.kernel).deliver_due()
        assert logout_claims(world, upstreams.client, party.tokens[0])["sid"]
    assert is_over(upstreams, tokens)


def test_our_own_clients_are_told_once(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    world = upstreams.world
    upstreams.sign_in(world.browser(), provider, NAME)
    (session,) = world.rows(BrowserSession)
    with listening() as party:
        world.register(upstreams.client, backchannel_logout_uri=party.url)
        tell(upstreams, told(upstreams, provider))
        LogoutDelivery(world.kernel).deliver_due()
        (token,) = party.tokens
    assert logout_claims(world, upstreams.client, token)["sid"] == session.session_id


def test_it_is_remembered_for_as_long_as_a_refresh_token_lives(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    upstreams.world.client(upstreams.pool_id, RefreshTokenValidity=300)
    upstreams.sign_in(upstreams.world.browser(), provider, NAME)
    (row,) = upstreams.world.rows(UpstreamSession)
    assert (row.expires - upstreams.world.kernel.clock.now()).days == 300


def test_a_person_who_signs_in_again_is_of_his_last_session(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    browser = upstreams.world.browser()
    for sid in ("a", "b"):
        asked = upstreams.leave(browser, NAME, prompt="login")
        upstreams.come_back(browser, provider, asked, sid=sid)
    (row,) = upstreams.world.rows(UpstreamSession)
    assert row.upstream_id == "b"


def test_another_provider_that_takes_the_name_ends_nothing(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME)

    def forget(session: Any) -> None:
        pool = session.get_one(UserPool, upstreams.pool_id)
        identity_providers.delete(session, upstreams.world.kernel, pool, NAME)

    upstreams.world.kernel.database.write(forget)
    with scripted_provider() as other:
        upstreams.add(NAME, other.details())
        assert tell(upstreams, told(upstreams, other)).status_code == 200
    assert not is_over(upstreams, tokens)


def test_it_is_heard_at_the_pools_own_host(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    world = upstreams.world
    tokens = upstreams.sign_in(world.browser(), provider, NAME)
    world.domain(upstreams.pool_id, "id.example.com")
    world.domain(world.pool(), "other.example.com")
    form = {"logout_token": told(upstreams, provider)}
    for host, path, status in (
        ("other.example.com", PATH, 400),
        ("other.example.com", f"/{upstreams.pool_id}{PATH}", 400),
        ("id.example.com", PATH, 200),
    ):
        answer = world.browser().post(path, data=form, base_url=f"http://{host}:8450")
        assert answer.status_code == status, answer.text
    assert is_over(upstreams, tokens)


# --- what is refused ------------------------------------------------------------------------------


WRONG: tuple[dict[str, Any], ...] = (
    {"iss": "https://evil.example"},
    {"iss": None},
    {"aud": "another-client"},
    {"aud": None},
    {"aud": [CLIENT_ID, "another-client"]},
    {"iat": None},
    {"iat": 4_000_000_000},
    {"iat": 1_600_000_000, "exp": 4_000_000_000},
    {"exp": None},
    {"exp": 1_600_000_000},
    {"exp": True},
    {"jti": None},
    {"jti": 7},
    {"jti": "\x00"},
    {"jti": "j" * 300},
    {"events": None},
    {"events": {}},
    {"events": {EVENT: True}},
    {"events": [EVENT]},
    {"nonce": "n"},
    {"nonce": ""},
    {"sub": None},
    {"sub": ["ada"]},
    {"sub": "ada\x00"},
    {"sub": ""},
    {"sid": 7},
)


def test_what_is_no_logout_of_his_ends_nothing(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    """§2.6."""
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME)
    for claims in WRONG:
        answer = tell(upstreams, told(upstreams, provider, **claims))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store"), claims
        assert answer.get_json()["error"] == "invalid_request"
    assert not is_over(upstreams, tokens)


def test_signatures_by_others_end_nothing(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME)
    unsigned = told(upstreams, provider).rpartition(".")[0] + "."
    none = unsigned.replace(unsigned.partition(".")[0], "eyJhbGciOiJub25lIn0")
    forged = (
        told(upstreams, provider, OTHER),
        told(upstreams, provider, header={"kid": "two"}),
        told(upstreams, provider, header={"typ": "at+jwt"}),
        unsigned,
        none,
        "",
        "a.b.c",
        "x" * 20_000,
    )
    for token in forged:
        assert tell(upstreams, token).status_code == 400
    assert not is_over(upstreams, tokens)


def test_an_id_token_is_no_logout_token(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    """Nor the other way round."""
    browser = upstreams.world.browser()
    asked = upstreams.leave(browser, NAME)
    upstreams.come_back(browser, provider, asked)
    assert tell(upstreams, provider.documents["/token"]["id_token"]).status_code == 400
    asked = upstreams.leave(upstreams.world.browser(), NAME, prompt="login")
    confused = told(upstreams, provider, nonce=asked["nonce"])
    provider.documents["/token"]["id_token"] = confused
    answer = browser.get(f"/oauth2/idpresponse?code=c&state={asked['state']}", base_url=ORIGIN)
    assert "code=" not in (answer.location or "")


def test_the_log_says_why_and_repeats_nothing(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    token = told(upstreams, provider, aud="another-client", sub="ada@secret.example")
    with capture_logs() as lines:
        tell(upstreams, token)
    (line,) = [each for each in lines if each["event"] == "upstream_logout_refused"]
    assert line["provider"] == NAME
    assert line["reason"] == "The identity provider's logout token is meant for somebody else."
    assert token not in str(lines)
    assert "secret.example" not in str(lines)


def test_a_token_is_good_once(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    token = told(upstreams, provider)
    assert tell(upstreams, token).status_code == 200
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, NAME)
    assert tell(upstreams, token).status_code == 400
    assert not is_over(upstreams, tokens)


def test_one_pools_provider_ends_nothing_of_another_pool(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    world = upstreams.world
    tokens = upstreams.sign_in(world.browser(), provider, NAME)
    with scripted_provider() as evil:
        theirs = Upstreams.of(world, world.pool())
        theirs.add(NAME, evil.details())
        assert tell(theirs, told(theirs, evil)).status_code == 200
    assert not is_over(upstreams, tokens)


@pytest.mark.parametrize(
    "path", ["/oauth2/backchannel_logout/Nobody", "/oauth2/backchannel_logout/%00"]
)
def test_an_address_of_no_provider_is_refused(
    upstreams: Upstreams, provider: ScriptedProvider, path: str
) -> None:
    assert tell(upstreams, told(upstreams, provider), path).status_code == 400


def test_a_form_without_a_token_or_with_two_is_refused(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    token = told(upstreams, provider)
    for form in ({}, {"logout_token": [token, token]}):
        address = f"/{upstreams.pool_id}{PATH}"
        answer = upstreams.world.browser().post(address, data=form, base_url=ORIGIN)
        assert answer.status_code == 400


def test_made_up_tokens_ask_the_provider_little(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    """Whoever knows the issuer and the client must not have us ask it without end."""
    for number in range(20):
        forged = told(upstreams, provider, OTHER, header={"kid": f"made-up-{number}"})
        assert tell(upstreams, forged).status_code == 400
    assert len(provider.asked) <= 2
