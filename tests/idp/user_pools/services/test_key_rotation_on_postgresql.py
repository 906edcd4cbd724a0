"""What PostgreSQL could decide otherwise, since it runs units of work side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp import key_schedule
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import signing_keys
from idp.user_pools.services.key_rotation import SIGNING
from tests.idp.user_pools.operations.world import World, at_once, quick_keys
from tests.idp.user_pools.services.key_moves import configure, rotate, rows, wait


@pytest.fixture
def world(
    tmp_path: Path, fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(signing_keys, "make", quick_keys)
    made = World(tmp_path, fresh_postgres_url)
    yield made
    made.close()


def test_nodes_that_rotate_at_the_same_time_rotate_once(world: World) -> None:
    pool = world.pool()
    configure(pool, signing_key_days=30)
    first, second = (row.kid for row in rows(pool))
    wait(world, timedelta(days=30).total_seconds())
    assert at_once(*[lambda: key_schedule.rotate_due(world.kernel)] * 6) == ["ok"] * 6
    after = [row.kid for row in rows(pool)]
    assert (after[0], after[2], len(after)) == (second, first, 3)


def test_orders_at_the_same_time_leave_one_order_of_keys(world: World) -> None:
    pool = world.pool()
    works = [lambda: rotate(pool), lambda: rotate(pool, Turn.WHEN_DUE, SIGNING)] * 3
    assert at_once(*works) == ["ok"] * 6
    after = rows(pool)
    assert [row.position for row in after] == list(range(len(after)))
    assert [row.retires is None for row in after[:2]] == [True, True]
    assert all(row.retires for row in after[2:])
