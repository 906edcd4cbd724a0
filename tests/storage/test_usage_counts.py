"""Quotas counted by several counters at once, as workers and nodes do, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from gateway.control.account import usage_counts
from gateway.control.account.models import ApiKey, Usage, UsagePlan, UsagePlanKey
from gateway.effects import SpendQuota
from gateway.performers.quotas import FORGET_SECONDS, HOLD_SECONDS, REFUSED_SECONDS, QuotaCounter
from gateway.quota_periods import period_of
from kernel.clock import Clock
from kernel.database import Database

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Time:
    """Two clocks that tests turn."""

    now: datetime = NOW
    monotonic: float = 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now.timestamp())


@dataclass
class Counters:
    database: Database
    time: Time = field(default_factory=Time)
    made: list[QuotaCounter] = field(default_factory=list)

    def new(self) -> QuotaCounter:
        counter = QuotaCounter(self.database, self.time.clock, lambda: self.time.monotonic)
        self.made.append(counter)
        return counter

    def used(self) -> int:
        total = self.database.read(lambda session: session.scalar(select(func.sum(Usage.used))))
        return int(total or 0)

    def grant(self, count: int) -> None:
        self.database.record(usage_counts.add, "plan1", "key1", NOW.date(), granted=count)


@pytest.fixture
def counters(database: Database) -> Iterator[Counters]:
    """A plan `plan1` that has the key `key1`."""

    def unit(session: Session) -> None:
        account: dict[str, Any] = {"account": "000000000000", "region": "us-east-1"}
        session.add(UsagePlan(id="plan1", document={}, **account))
        for number in ("1", "2"):
            session.add(
                ApiKey(
                    id=f"key{number}",
                    fingerprint=number * 64,
                    sealed=b"",
                    document={},
                    created=NOW,
                    updated=NOW,
                    **account,
                )
            )
        session.flush()
        session.add(UsagePlanKey(plan_id="plan1", key_id="key1"))

    database.write(unit)
    made = Counters(database)
    yield made
    for counter in made.made:
        counter.close()


def spend(limit: int, period: str = "DAY", key: str = "key1") -> SpendQuota:
    return SpendQuota("plan1", key, limit, period, 0)


def at_once(counters: list[QuotaCounter], effect: SpendQuota, count: int) -> int:
    """How many of `count` requests that come together are within the quota."""
    passed: list[bool | None] = []
    barrier = threading.Barrier(count)

    def run(counter: QuotaCounter) -> None:
        barrier.wait()
        passed.append(counter(effect))

    threads = [
        threading.Thread(target=run, args=(counters[number % len(counters)],))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in passed
    return sum(map(bool, passed))


def test_50_requests_at_two_workers_get_10_through_a_quota_of_10(counters: Counters) -> None:
    workers = [counters.new(), counters.new()]

    assert at_once(workers, spend(10), 50) == 10

    assert counters.used() == 10


def test_a_large_quota_is_used_up_to_the_last_request(counters: Counters) -> None:
    workers = [counters.new(), counters.new(), counters.new()]

    passed = sum(bool(workers[number % 3](spend(500))) for number in range(900))

    assert passed <= 500
    for worker in workers:
        worker.settle(float("inf"))
    assert counters.used() == passed
    counters.time.monotonic += REFUSED_SECONDS
    while workers[0](spend(500)):
        passed += 1
    assert (passed, counters.used()) == (500, 500)


def test_a_busy_key_costs_few_writes(counters: Counters, database: Database) -> None:
    counter, writes = counters.new(), 0

    def count(*_args: Any) -> None:
        nonlocal writes
        writes += 1

    original = database.record

    def record(*args: Any, **values: Any) -> Any:
        count()
        return original(*args, **values)

    database.record = record  # type: ignore[method-assign]
    assert all(counter(spend(1_000_000)) for _ in range(5_000))
    assert writes < 20


def test_a_flood_of_refusals_asks_the_database_for_nothing(
    counters: Counters, database: Database
) -> None:
    counter, statements = counters.new(), []
    assert counter(spend(1))
    assert not counter(spend(1))
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args))
    original, calls = database.record, []
    database.record = lambda *args, **values: calls.append(1) or original(*args, **values)  # type: ignore[method-assign]

    assert not any(counter(spend(1)) for _ in range(100))

    assert (calls, statements) == ([], [])


def test_what_is_not_spent_is_given_back(counters: Counters) -> None:
    counter = counters.new()
    for _ in range(4):
        assert counter(spend(1_000))
    assert counters.used() == 7

    counter.settle(counters.time.monotonic + HOLD_SECONDS - 0.1)
    assert counters.used() == 7
    counter.settle(counters.time.monotonic + HOLD_SECONDS)

    assert counters.used() == 4
    assert counter(spend(1_000))
    counter.settle(counters.time.monotonic + FORGET_SECONDS)
    assert counter(spend(1_000))
    counter.close()
    assert counters.used() == 6


def test_a_new_period_starts_at_nothing(counters: Counters) -> None:
    counter = counters.new()
    assert [counter(spend(2)) for _ in range(3)] == [True, True, False]

    counters.time.now += timedelta(days=1)

    assert [counter(spend(2)) for _ in range(3)] == [True, True, False]


def test_a_week_and_a_month_count_their_days_together(counters: Counters) -> None:
    counter = counters.new()
    assert counter(spend(2, "WEEK"))
    counters.time.now += timedelta(days=5)
    assert counter(spend(2, "WEEK"))
    assert not counter(spend(2, "WEEK"))
    counters.time.now += timedelta(days=1)
    counters.time.monotonic += REFUSED_SECONDS
    assert counter(spend(2, "WEEK"))
    assert not counter(spend(3, "MONTH"))


def test_what_is_granted_works_a_second_later(counters: Counters) -> None:
    counter = counters.new()
    assert [counter(spend(1)) for _ in range(2)] == [True, False]

    counters.grant(2)

    assert not counter(spend(1))
    counters.time.monotonic += REFUSED_SECONDS
    assert [counter(spend(1)) for _ in range(3)] == [True, True, False]


def test_what_is_taken_away_is_gone(counters: Counters) -> None:
    counter = counters.new()
    counters.grant(-9)

    assert [counter(spend(10)) for _ in range(2)] == [True, False]


def test_a_key_that_the_plan_does_not_have_has_no_quota(counters: Counters) -> None:
    assert not counters.new()(spend(10, key="key2"))
    assert not counters.new()(spend(10, key="nobody"))
    assert counters.used() == 0


def test_without_a_database_nobody_can_tell(counters: Counters, database: Database) -> None:
    counter = counters.new()
    Usage.__table__.drop(database.engine)  # type: ignore[attr-defined]

    assert counter(spend(10)) is None


def test_old_counts_are_forgotten(counters: Counters, database: Database) -> None:
    today = NOW.date()
    for age in (0, 400, 401, 1000):
        day = today - timedelta(days=age)
        database.record(usage_counts.add, "plan1", "key1", day, used=1)

    counters.new().clean_up(today)

    assert counters.used() == 2


def test_nodes_that_believe_in_different_days_share_a_month(counters: Counters) -> None:
    today, tomorrow = counters.new(), counters.new()
    day = NOW.date()
    assert period_of(day, "MONTH") == period_of(day + timedelta(days=1), "MONTH")
    tomorrow._clock = Clock(lambda: (NOW + timedelta(days=1)).timestamp())

    assert at_once([today, tomorrow], spend(10, "MONTH"), 40) == 10
