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

from idp.user_pools.services import credentials, messages
from tests.idp.user_pools.operations.world import AppClient, World, new_email, outcome

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
def world(tmp_path: Path, work: Work) -> Iterator[World]:
    assert work  # its listener must be there before the first connection
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
    parameters = {"USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP"}
    return client.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters=parameters)


@pytest.mark.parametrize("ask", [sign_in, forget, resend, one_time_password])
def test_somebody_and_nobody_cost_the_same(
    world: World, work: Work, ask: Callable[[AppClient, str], Any]
) -> None:
    pool = world.email_pool(
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    )
    client = pool.client(
        PreventUserExistenceErrors="ENABLED",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"],
    )
    present = [new_email() for _ in range(2)]
    for name in present:
        pool.create_user(name, email=name, email_verified="true")
    outcome(lambda: ask(client, present[0]))
    outcome(lambda: ask(client, new_email()))  # whatever is read once is in memory now
    with work.counting() as for_somebody:
        first = outcome(lambda: ask(client, present[1]))
    with work.counting() as for_nobody:
        second = outcome(lambda: ask(client, new_email()))
    assert first == second
    assert for_somebody
    assert for_somebody == for_nobody
