"""PostgreSQL runs units of work side by side; those that collide are run once more."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from kernel.database import Database
from kernel.settings import parse
from tests.kernel.notes import NOTES, Wrong, add, at_once, words


@pytest.fixture
def postgresql(fresh_postgres_url: str) -> Iterator[Database]:
    attached = Database.attach(Flask("storage"), parse({"database_url": fresh_postgres_url}))
    NOTES.create(attached.engine)
    yield attached
    attached.engine.dispose()


def test_unit_that_comes_second_runs_again_and_sees_the_first(postgresql: Database) -> None:
    runs: list[list[str]] = []

    def add_unless_taken(session: Session) -> str:
        runs.append(words(session))
        if runs[-1]:
            return "taken"
        if len(runs) == 1:
            other = threading.Thread(target=postgresql.write, args=(add, "ada"))
            other.start()
            other.join()
        return add(session, "ada")

    assert postgresql.write(add_unless_taken) == "taken"
    assert runs == [[], ["ada"]]
    assert postgresql.read(words) == ["ada"]


def test_unit_that_collides_again_is_not_run_a_third_time(postgresql: Database) -> None:
    postgresql.write(add, "ada")
    runs: list[int] = []

    def add_again(session: Session) -> None:
        runs.append(1)
        add(session, "ada")

    with pytest.raises(IntegrityError):
        postgresql.write(add_again)
    assert len(runs) == 2


def test_deadlock_ends_in_both_units_done(postgresql: Database) -> None:
    postgresql.write(add, "ada")
    postgresql.write(add, "eve")
    meeting = threading.Barrier(2)
    runs: list[str] = []

    def touch_both(session: Session, first: str, second: str) -> None:
        runs.append(first)
        session.execute(update(NOTES).where(NOTES.c.word == first).values(count=NOTES.c.count + 1))
        if len(runs) <= 2:
            meeting.wait(10)
        session.execute(update(NOTES).where(NOTES.c.word == second).values(count=NOTES.c.count + 1))

    at_once(
        lambda: postgresql.write(touch_both, "ada", "eve"),
        lambda: postgresql.write(touch_both, "eve", "ada"),
    )
    assert len(runs) == 3
    counts = postgresql.read(lambda session: list(session.scalars(select(NOTES.c.count))))
    assert counts == [2, 2]


@pytest.mark.parametrize("error", [Wrong, ProgrammingError])
def test_other_errors_are_not_tried_again(postgresql: Database, error: type[Exception]) -> None:
    runs: list[int] = []

    def fail(session: Session) -> None:
        runs.append(1)
        if error is Wrong:
            raise Wrong
        session.execute(text("DELETE FROM absent"))

    with pytest.raises(error):
        postgresql.write(fail)
    assert len(runs) == 1
