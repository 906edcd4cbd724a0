"""What a database could decide otherwise: answers and first sign-ins that come at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.test_custom_auth import Flow, Make, make
from tests.idp.user_pools.operations.test_user_migration import migrating
from tests.idp.user_pools.operations.world import World, at_once, new_email, quick_keys

__all__ = ["make"]


@pytest.fixture
def world(
    tmp_path: Path, fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    made = World(tmp_path, database_url=fresh_postgres_url)
    yield made
    made.close()


def test_parallel_sessions_buy_no_further_guesses(make: Make) -> None:
    flow = make()
    flows = [flow.again() for _ in range(8)]
    for each in flows:
        each.start()
    led_to = at_once(*(lambda each=each: each.respond("wrong") for each in flows))
    assert led_to == ["NotAuthorizedException"] * 3 + ["ok"] * 5


def test_right_answers_in_parallel_leave_no_count(world: World, make: Make) -> None:
    flow = make()
    flows = [flow.again() for _ in range(4)]
    for each in flows:
        each.start()
    assert at_once(*(lambda each=each: each.respond("swordfish0") for each in flows)) == ["ok"] * 4
    for _ in range(4):
        wrong = flow.again()
        wrong.start()
        wrong.respond("wrong")
    last = Flow(flow.client, flow.email)
    last.start()
    assert last.respond("swordfish0")["AuthenticationResult"]


def test_parallel_first_sign_ins_make_one_user(world: World) -> None:
    pool, email = migrating(world), new_email()
    client = pool.client()
    assert at_once(*[lambda: client.sign_in(email)] * 4) == ["ok"] * 4
    assert len(pool.call("list_users")["Users"]) == 1
