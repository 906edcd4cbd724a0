"""What is over is forgotten, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from sqlalchemy import select

from idp import cleanup
from idp.models import AttemptCount, Revocation, UserPool
from kernel.database import Database

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def sweep(database: Database) -> None:
    clock = SimpleNamespace(now=lambda: NOW)
    cleanup.sweep(SimpleNamespace(database=database, clock=clock))


def remaining(database: Database, column: object) -> list[object]:
    return database.read(lambda session: sorted(session.scalars(select(column))))


def test_only_revocations_that_are_over_are_forgotten(database: Database) -> None:
    def unit(session):
        for hours in (-2, -1, 1):
            expires = NOW + timedelta(hours=hours)
            session.add(Revocation(pool_id="p", origin_jti=f"{hours}", expires=expires))

    database.write(unit)
    sweep(database)
    assert remaining(database, Revocation.origin_jti) == ["1"]


def test_more_rows_than_one_unit_takes_are_forgotten(database: Database, monkeypatch) -> None:
    monkeypatch.setattr(cleanup, "ROWS_AT_ONCE", 3)

    def unit(session):
        for number in range(10):
            session.add(Revocation(pool_id="p", origin_jti=f"{number}", expires=NOW))

    database.write(unit)
    clock = SimpleNamespace(now=lambda: NOW + timedelta(seconds=1))
    cleanup.sweep(SimpleNamespace(database=database, clock=clock))
    assert remaining(database, Revocation.id) == []


def test_a_lock_out_that_still_counts_is_kept(database: Database) -> None:
    def unit(session):
        session.add(
            UserPool(id="p", account="0", region="r", name="n", settings={}, schema=[],
                     created=NOW, modified=NOW)
        )  # fmt: skip
        session.flush()
        for minutes in (1, 59, 61, 600):
            last = NOW - timedelta(minutes=minutes)
            session.add(AttemptCount(pool_id="p", subject=f"{minutes}", attempts=9, last=last))

    database.write(unit)
    sweep(database)
    assert remaining(database, AttemptCount.subject) == ["1", "59"]
