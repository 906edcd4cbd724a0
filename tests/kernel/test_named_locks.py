"""A lock without a row: one unit at a time, on each database."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from kernel import named_locks
from kernel.database import Database
from kernel.settings import parse


@pytest.fixture
def database(database_url: str) -> Database:
    return Database.attach(Flask("storage"), parse({"database_url": database_url}))


def most_at_once(database: Database, *names: tuple[str, ...]) -> int:
    """How many units that hold locks of these names were seen to run at the same time."""
    inside, most = 0, 0
    counting, barrier = threading.Lock(), threading.Barrier(len(names))

    def unit(session: Session, name: tuple[str, ...]) -> None:
        nonlocal inside, most
        named_locks.hold(session, *name)
        with counting:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.1)
        with counting:
            inside -= 1

    def run(name: tuple[str, ...]) -> None:
        barrier.wait()
        database.write(unit, name)

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    database.close()
    return most


def test_units_that_hold_the_same_lock_run_one_after_the_other(database: Database) -> None:
    assert most_at_once(database, *[("quota", "account")] * 4) == 1


def test_locks_of_other_names_do_not_wait_on_postgresql(fresh_postgres_url: str) -> None:
    database = Database.attach(Flask("storage"), parse({"database_url": fresh_postgres_url}))
    assert most_at_once(database, ("quota", "a"), ("quota", "b"), ("quotaa",)) == 3
