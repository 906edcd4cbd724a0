"""Units of work: all or nothing, one writer at a time, and nothing that stops the hub."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from kernel import database as module
from kernel.database import Database, DatabaseBusy
from kernel.settings import parse
from tests.kernel.notes import NOTES, Wrong, add, at_once, words

ROOT = Path(__file__).parents[2]
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def notes(database: Database) -> Database:
    """A table of notes, on each kind of database."""
    NOTES.create(database.engine)
    return database


def attach(folder: Path) -> Database:
    return Database.attach(Flask("storage"), parse({"instance": str(folder)}))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    attached = attach(tmp_path)
    NOTES.create(attached.engine)
    yield attached
    attached.engine.dispose()


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """SQLite that waits for others for a fifth of a second only."""
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.2)
    attached = attach(tmp_path)
    NOTES.create(attached.engine)
    yield attached
    attached.engine.dispose()


@contextmanager
def locked_by_another_process(database: Database) -> Iterator[None]:
    """SQLite's write lock is somebody else's."""
    file = str(database.engine.url.database)
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert holder.stdout.readline() == b"locked\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


def add_and_fail(session: Session, word: str) -> None:
    add(session, word)
    raise Wrong


def test_unit_that_returns_is_committed(notes: Database) -> None:
    assert notes.write(add, "ada") == "ada"
    assert notes.read(words) == ["ada"]


def test_unit_that_raises_leaves_nothing(notes: Database) -> None:
    with pytest.raises(Wrong):
        notes.write(add_and_fail, "ada")
    assert notes.read(words) == []


def test_next_unit_does_not_see_the_failure_of_the_last(notes: Database) -> None:
    for number in range(3):
        with pytest.raises(Wrong):
            notes.write(add_and_fail, "ada")
        notes.write(add, f"ada {number}")
    assert len(notes.read(words)) == 3


def test_reading_stores_nothing(notes: Database) -> None:
    notes.read(add, "ada")
    assert notes.read(words) == []


def test_reading_sees_one_moment(sqlite: Database) -> None:
    sqlite.write(add, "ada")

    def twice(session: Session) -> tuple[list[str], list[str]]:
        before = words(session)
        writer = threading.Thread(target=sqlite.write, args=(add, "eve"))
        writer.start()
        writer.join()
        return before, words(session)

    assert sqlite.read(twice) == (["ada"], ["ada"])
    assert sqlite.read(words) == ["ada", "eve"]


def test_naive_datetime_is_refused(notes: Database) -> None:
    naive = datetime(2026, 11, 2)

    def store(session: Session) -> None:
        session.execute(insert(NOTES).values(at=naive))

    with pytest.raises(StatementError, match="naive datetime"):
        notes.write(store)
    assert notes.read(words) == []


def test_moment_comes_back_aware_in_utc_to_the_microsecond(notes: Database) -> None:
    moment = datetime(2026, 11, 2, 23, 30, 0, 123456, timezone(timedelta(hours=-5)))
    notes.write(lambda session: session.execute(insert(NOTES).values(at=moment)))
    found = notes.read(lambda session: session.scalar(select(NOTES.c.at)))
    assert found == moment
    assert found.tzinfo is UTC
    earlier = moment - timedelta(microseconds=1)
    count = select(func.count()).where(NOTES.c.at > earlier)
    assert notes.read(lambda session: session.scalar(count)) == 1


def test_error_does_not_show_values(notes: Database) -> None:
    notes.write(add, "s3cret")
    with pytest.raises(IntegrityError) as refused:
        notes.engine.connect().execute(insert(NOTES).values(id=1, word="another s3cret"))
    assert "[SQL parameters hidden" in str(refused.value)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_sqlite_is_durable_and_consistent_on_every_connection(
    sqlite: Database, pragma: str, value: object
) -> None:
    found: list[object] = []

    def ask() -> None:
        found.append(sqlite.read(lambda session: session.scalar(text(f"PRAGMA {pragma}"))))

    ask()
    at_once(ask, ask)
    assert found == [value] * 3


def test_sqlite_keeps_references(sqlite: Database) -> None:
    sqlite.write(lambda s: s.execute(text("CREATE TABLE child (n REFERENCES notes (id))")))
    with pytest.raises(IntegrityError):
        sqlite.write(lambda session: session.execute(text("INSERT INTO child VALUES (7)")))


def test_writer_takes_the_lock_before_it_reads(sqlite: Database) -> None:
    """Two units that read first and then write would otherwise fail with SQLITE_BUSY."""
    sqlite.write(add, "ada")
    other = Database(sqlite.engine)  # as another worker: it does not wait in this one's queue

    def count_up(session: Session) -> None:
        count = session.scalar(select(NOTES.c.count)) or 0
        time.sleep(0.01)
        session.execute(update(NOTES).values(count=count + 1))

    at_once(*[lambda d=each: d.write(count_up) for each in (sqlite, other) * 4])
    assert sqlite.read(lambda session: session.scalar(select(NOTES.c.count))) == 8


def test_parallel_writers_each_commit_exactly_once(notes: Database) -> None:
    def write_some(writer: int) -> None:
        for number in range(5):
            notes.write(add, f"{writer}/{number}")

    at_once(*[lambda w=writer: write_some(w) for writer in range(12)])
    assert sorted(notes.read(words)) == sorted(f"{w}/{n}" for w in range(12) for n in range(5))


def test_writer_gives_up_on_a_database_that_stays_locked(impatient: Database) -> None:
    with locked_by_another_process(impatient):
        began = time.monotonic()
        with pytest.raises(DatabaseBusy):
            impatient.write(add, "ada")
        assert 0.15 < time.monotonic() - began < 5
    impatient.write(add, "eve")
    assert impatient.read(words) == ["eve"]


def test_readers_go_on_while_the_database_is_locked(impatient: Database) -> None:
    impatient.write(add, "ada")
    with locked_by_another_process(impatient):
        assert impatient.read(words) == ["ada"]


def test_writer_that_waits_behind_a_slow_one_gives_up_too(impatient: Database) -> None:
    began, done = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        add(session, "ada")
        began.set()
        done.wait()

    writer = threading.Thread(target=impatient.write, args=(slow,))
    writer.start()
    began.wait()
    with pytest.raises(DatabaseBusy):
        impatient.write(add, "eve")
    done.set()
    writer.join()
    assert impatient.read(words) == ["ada"]


def test_writer_waits_for_one_who_is_soon_done(sqlite: Database) -> None:
    with locked_by_another_process(sqlite):
        writer = threading.Thread(target=sqlite.write, args=(add, "ada"))
        writer.start()
        time.sleep(0.1)
        assert writer.is_alive()
    writer.join()
    assert sqlite.read(words) == ["ada"]


def test_error_of_sql_is_not_taken_for_a_busy_database(sqlite: Database) -> None:
    with pytest.raises(Exception, match="no such table"):
        sqlite.write(lambda session: session.execute(text("DELETE FROM absent")))


GEVENT = """
from gevent.monkey import patch_all
patch_all()
import json, sys, threading, time
from pathlib import Path
import gevent
from flask import Flask
from sqlalchemy import text
from kernel import database as module
from kernel.database import Database, DatabaseBusy
from kernel.threads import in_thread
from kernel.settings import parse

module.BUSY_SECONDS = 0.5
database = Database.attach(Flask("x"), parse({"instance": sys.argv[1]}))
gaps, outcomes = [], []

def tick():
    last = time.monotonic()
    while True:
        gevent.sleep(0.01)
        now = time.monotonic()
        gaps.append(now - last)
        last = now

def write():
    try:
        database.write(lambda session: session.execute(text("INSERT INTO notes (word) VALUES (1)")))
    except DatabaseBusy:
        outcomes.append("busy")

class Refused(Exception):
    pass

def refuse(session):
    raise Refused

def nested():
    return in_thread(threading.get_ident) == threading.get_ident()

ticker = gevent.spawn(tick)
gevent.joinall([gevent.spawn(write) for _ in range(3)])
try:
    database.read(refuse)
except Refused:
    outcomes.append("refused")
database.read(lambda session: gevent.sleep(0) or session.execute(text("SELECT 1")))
ticker.kill()
print(json.dumps({"longest_gap": max(gaps), "ticks": len(gaps), "outcomes": outcomes,
    "nested": in_thread(nested)}))
"""


def test_hub_turns_while_a_unit_waits(sqlite: Database, tmp_path: Path) -> None:
    with locked_by_another_process(sqlite):
        done = subprocess.run(
            [sys.executable, "-c", GEVENT, str(tmp_path)],
            capture_output=True,
            check=True,
            cwd=ROOT,
            timeout=40,
        )
    found = json.loads(done.stdout)
    assert found["outcomes"] == ["busy", "busy", "busy", "refused"]
    assert found["ticks"] > 20
    assert found["longest_gap"] < 0.45  # a hub that waited itself would wait for 0.5 s
    assert found["nested"] is True
    # A refusal is no failure of a thread: nothing is printed of it.
    assert done.stderr == b""
