"""For somebody and for nobody the same work is done: statements, password checks, messages."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from idp.user_pools.operations import pools
from idp.user_pools.services import credentials, equal_time, messages
from tests.idp.user_pools.operations.choosing import FLOWS, begin, person, respond
from tests.idp.user_pools.operations.world import (
    AppClient,
    World,
    new_email,
    outcome,
    quick_keys,
)

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)")
# The code of somebody, and the count of codes for nobody, are one row each.
CODES = {"confirmation_codes": "codes", "attempt_counts": "codes"}


class Work:
    """What is counted while `counting`."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.counts = False

    def note(self, what: str) -> None:
        if self.counts:
            self.done[what] += 1

    def statement(self, sql: str) -> None:
        words = sql.split(None, 1)
        if words and words[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            table = TABLE.search(sql)
            name = table[1] if table else ""
            self.note(f"{words[0]} {CODES.get(name, name)}")

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        self.done, self.counts = Counter(), True
        try:
            yield self.done
        finally:
            settle()
            self.counts = False


def settle() -> None:
    """Wait for what was handed over to the background."""
    for each in threading.enumerate():
        if each is not threading.current_thread() and each.name.startswith("Thread-"):
            each.join(0.2)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    counted = Work()

    def trace(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(counted.statement)

    def wrapped(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            counted.note(what)
            return function(*arguments, **named)

        return call

    monkeypatch.setattr(credentials, "check", wrapped("password check", credentials.check))
    later = wrapped("message handed over", messages.deliver_later)
    monkeypatch.setattr(messages, "deliver_later", later)
    event.listen(Engine, "connect", trace)
    yield counted
    event.remove(Engine, "connect", trace)


@pytest.fixture
def world(tmp_path: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    assert work  # its listener must be there before the first connection
    monkeypatch.setattr(pools.signing_keys, "make", quick_keys)
    made = World(tmp_path)
    yield made
    made.close()


def sign_in(client: AppClient, name: str) -> Any:
    return client.sign_in(name, "Wrong-horse-9")


def forget(client: AppClient, name: str) -> Any:
    return client.call("forgot_password", Username=name)


def resend(client: AppClient, name: str) -> Any:
    return client.call("resend_confirmation_code", Username=name)


def one_time_password(client: AppClient, name: str) -> Any:
    return begin(client, name, "EMAIL_OTP")


def message(client: AppClient, name: str) -> Any:
    return begin(client, name, "SMS_OTP")


def chosen_password(client: AppClient, name: str) -> Any:
    return begin(client, name, "PASSWORD", PASSWORD="Wrong-horse-9")


def challenge_of_password(client: AppClient, name: str) -> Any:
    return begin(client, name, "PASSWORD")


def chosen_proof(client: AppClient, name: str) -> Any:
    return begin(client, name, "PASSWORD_SRP", SRP_A="ab" * 128)


def proof(client: AppClient, name: str) -> Any:
    parameters = {"USERNAME": name, "SRP_A": "ab" * 128}
    return client.call("initiate_auth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)


def people(world: World) -> tuple[AppClient, list[str]]:
    """A client that hides who exists, and two who do."""
    factors = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    pool = world.email_pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}})
    client = pool.client(PreventUserExistenceErrors="ENABLED", ExplicitAuthFlows=FLOWS)
    return client, [person(pool) for _ in range(2)]


@pytest.mark.parametrize(
    "ask",
    [
        sign_in,
        forget,
        resend,
        one_time_password,
        message,
        begin,
        challenge_of_password,
        chosen_password,
        chosen_proof,
        proof,
    ],
)
def test_somebody_and_nobody_cost_the_same(
    world: World, work: Work, ask: Callable[[AppClient, str], Any]
) -> None:
    client, present = people(world)
    missing = offered_as(client, present[0])
    outcome(lambda: ask(client, present[0]))
    outcome(lambda: ask(client, missing[0]))  # whatever is read once is in memory now
    with work.counting() as for_somebody:
        first = outcome(lambda: ask(client, present[1]))
    with work.counting() as for_nobody:
        second = outcome(lambda: ask(client, missing[1]))
    assert first == second
    assert for_somebody
    assert for_somebody == for_nobody


PROOF = {
    "PASSWORD_CLAIM_SIGNATURE": "A" * 43 + "=",
    "TIMESTAMP": "Wed Nov 25 00:00:00 UTC 2026",
}


@pytest.mark.parametrize(
    ("preferred", "responses"),
    [
        ("PASSWORD", {"PASSWORD": "Wrong-horse-9"}),
        ("PASSWORD_SRP", {"SRP_A": "ab" * 128}),
        ("EMAIL_OTP", {"EMAIL_OTP_CODE": "123456789"}),
        ("SMS_OTP", {"SMS_OTP_CODE": "123456789"}),
        ("", {"ANSWER": "PASSWORD", "PASSWORD": "Wrong-horse-9"}),
        ("", {"ANSWER": "PASSWORD_SRP", "SRP_A": "ab" * 128}),
        ("", {"ANSWER": "EMAIL_OTP"}),
        ("", {"ANSWER": "PASSWORD"}),
    ],
)
def test_answers_of_somebody_and_of_nobody_cost_the_same(
    world: World, work: Work, preferred: str, responses: dict[str, str]
) -> None:
    client, present = people(world)
    missing = offered_as(client, present[0])
    # A telephone is not everybody's: who has none is asked for something else.
    if preferred == "SMS_OTP":
        for name in present:
            client.pool.call(
                "admin_update_user_attributes",
                Username=name,
                UserAttributes=[
                    {"Name": "phone_number", "Value": "+15551230001"},
                    {"Name": "phone_number_verified", "Value": "true"},
                ],
            )
        missing = offered_as(client, present[0])
    found = []
    for name in (present[0], missing[0], present[1], missing[1]):
        challenge = begin(client, name, preferred)
        with work.counting() as done:
            answer = outcome(lambda c=challenge, n=name: respond(client, c, n, **responses))
        found.append((answer, done))
    assert found[2][1]
    assert found[2] == found[3]


def offered_as(client: AppClient, name: str) -> list[str]:
    """Two of nobody's names with the same offers."""
    offered = begin(client, name)["AvailableChallenges"]
    names = (new_email() for _ in range(1_000))
    alike = (each for each in names if begin(client, each)["AvailableChallenges"] == offered)
    return [next(alike), next(alike)]


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_AUTH"])
def test_a_wrong_proof_of_somebody_and_of_nobody_cost_the_same(
    world: World, work: Work, flow: str
) -> None:
    client, present = people(world)
    found = []
    for name in (present[0], new_email(), present[1], new_email()):
        posed = proof(client, name) if flow == "USER_SRP_AUTH" else chosen_proof(client, name)
        posed.setdefault("Session", "x" * 20)
        block = posed["ChallengeParameters"]["SECRET_BLOCK"]
        told = posed["ChallengeParameters"]["USER_ID_FOR_SRP"]
        with work.counting() as done:
            answer = outcome(
                lambda p=posed, n=told, b=block: respond(
                    client, p, n, PASSWORD_CLAIM_SECRET_BLOCK=b, **PROOF
                )
            )
        found.append((answer, done))
    assert found[2][1]
    assert found[2] == found[3]


@pytest.mark.parametrize(
    ("ask", "waits"),
    [
        (sign_in, 0),
        (proof, 0),
        (chosen_password, 0),
        (challenge_of_password, 0),
        (chosen_proof, 0),
        (begin, 1),
        (one_time_password, 1),
        (message, 1),
        (forget, 1),
        (resend, 1),
    ],
)
def test_who_types_a_password_does_not_wait_and_everything_else_waits_once(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[AppClient, str], Any],
    waits: int,
) -> None:
    """One within another would be a step more."""
    client, present = people(world)
    waited: list[float] = []
    monkeypatch.setattr(equal_time, "_wait_until", waited.append)
    for name in (present[0], new_email()):
        waited.clear()
        outcome(lambda n=name: ask(client, n))
        assert len(waited) == waits
