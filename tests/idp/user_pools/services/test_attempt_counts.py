"""Counting attempts, and taking back what does not count after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from idp.errors import LimitExceeded
from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import attempt_counts
from tests.idp.user_pools.operations.world import Pool, World, new_name

WINDOW = timedelta(minutes=10)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.pool()


class Counted:
    """The count of one subject, each step in a unit of its own."""

    def __init__(self, pool: Pool) -> None:
        self.key = pool.id, new_name("subject")
        self.kernel = pool.world.kernel

    def add(self, most: int | None = None) -> None:
        now = self.kernel.clock.now()
        self.kernel.database.write(attempt_counts.add, *self.key, now, WINDOW, most)

    def take_back(self, before: Failures) -> None:
        self.kernel.database.write(attempt_counts.take_back, *self.key, before)

    @property
    def found(self) -> Failures | None:
        return self.kernel.database.look_up(attempt_counts.look, *self.key)

    @property
    def attempts(self) -> int | None:
        return self.found.attempts if self.found else None


@pytest.fixture
def counted(pool: Pool) -> Counted:
    return Counted(pool)


def test_as_many_as_allowed_are_counted_within_the_window(world: World, counted: Counted) -> None:
    counted.add(most=2)
    world.time.pass_by(minutes=9)
    counted.add(most=2)
    with pytest.raises(LimitExceeded):
        counted.add(most=2)
    assert counted.attempts == 2
    world.time.pass_by(minutes=10)
    counted.add(most=2)
    assert counted.attempts == 1


def test_what_is_taken_back_leaves_what_was_before(world: World, counted: Counted) -> None:
    counted.add()
    before = counted.found
    world.time.pass_by(minutes=1)
    counted.add()
    assert before is not None
    counted.take_back(before)
    assert counted.found == before


def test_what_was_counted_since_stays(world: World, counted: Counted) -> None:
    counted.add()
    before = counted.found
    counted.add()
    world.time.pass_by(minutes=1)
    counted.add()
    assert before is not None
    counted.take_back(before)
    assert counted.found == Failures(2, world.kernel.clock.now())


def test_count_that_began_with_it_is_gone(world: World, counted: Counted) -> None:
    counted.add()
    counted.take_back(Failures(0, world.kernel.clock.now()))
    assert counted.found is None
    counted.take_back(Failures(0, world.kernel.clock.now()))


def test_cleared_count_is_gone(world: World, counted: Counted) -> None:
    counted.add()
    world.kernel.database.record(attempt_counts.clear, *counted.key)
    assert counted.found is None


def test_old_counts_are_let_go_of(world: World, counted: Counted) -> None:
    counted.add()
    world.time.pass_by(minutes=61)

    def unit(session: Any) -> None:
        attempt_counts.forget_some(session, world.kernel.clock.now())

    world.kernel.database.write(unit)
    assert counted.found is None
