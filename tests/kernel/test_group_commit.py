"""Writers that wait together are committed together, and each stands or falls alone."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, event, insert, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kernel.group_commit import MOST_TOGETHER, GroupCommit
from kernel.statements import Prepared, Rows

NOTES = Table("notes", MetaData(), Column("name", String, primary_key=True))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(
        f"sqlite:///{tmp_path / 'notes.db'}", connect_args={"check_same_thread": False}
    )

    @event.listens_for(made, "connect")
    def configure(connection, _record):
        connection.isolation_level = None

    @event.listens_for(made, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with made.begin() as connection:
        connection.execute(text("CREATE TABLE notes (name TEXT PRIMARY KEY)"))
    yield made
    made.dispose()


@pytest.fixture
def commits(engine: Engine) -> list[str]:
    seen: list[str] = []
    event.listen(engine, "commit", lambda _connection: seen.append("commit"))
    return seen


def note(name: str):
    def unit(session: Session) -> str:
        session.execute(text("INSERT INTO notes VALUES (:name)"), {"name": name})
        return name

    return unit


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM notes ORDER BY name")).scalars())


def together(writers: GroupCommit, units: list) -> list[object]:
    """Run units at once, all of them waiting while another one holds the turn."""
    return at_once(writers, [lambda unit=unit: writers.run(unit) for unit in units])


def at_once(writers: GroupCommit, jobs: list) -> list[object]:
    """The same for calls of the writers, in their order."""
    results: list[object] = [None] * len(jobs)

    def run(number: int) -> None:
        try:
            results[number] = jobs[number]()
        except Exception as error:
            results[number] = type(error).__name__

    begun, go_on = threading.Event(), threading.Event()

    def hold(_session: Session) -> None:
        begun.set()
        assert go_on.wait(10)

    def run_holder() -> None:
        with suppress(OSError):
            writers.run(hold)

    holder = threading.Thread(target=run_holder)
    holder.start()
    assert begun.wait(10)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        while len(writers._waiting) < waiting:
            threading.Event().wait(0.005)
    go_on.set()
    for thread in (holder, *threads):
        thread.join(20)
    return results


def make(engine: Engine, patience: float = 10.0) -> GroupCommit:
    return GroupCommit(engine, engine, lambda work, *args: work(*args), lambda: patience)


def test_units_that_wait_share_a_commit(engine: Engine, commits: list[str]) -> None:
    results = together(make(engine), [note(f"{number:02}") for number in range(20)])
    assert results == [f"{number:02}" for number in range(20)]
    assert names(engine) == results
    assert commits == ["commit"] * 2  # the holder's, and that of the twenty


def test_more_units_than_one_transaction_takes_are_all_committed(engine: Engine) -> None:
    wanted = [f"{number:03}" for number in range(MOST_TOGETHER + 10)]
    assert together(make(engine), [note(name) for name in wanted]) == wanted
    assert names(engine) == wanted


def test_unit_that_raises_rolls_back_alone(engine: Engine) -> None:
    def refuse(session: Session) -> None:
        note("refused")(session)
        raise LookupError

    results = together(make(engine), [note("a"), refuse, note("b"), note("a")])
    assert sorted(map(str, results)) == ["IntegrityError", "LookupError", "a", "b"]
    assert names(engine) == ["a", "b"]


def test_broken_statement_spoils_no_other_unit(engine: Engine) -> None:
    def broken(session: Session) -> None:
        note("broken")(session)
        session.execute(text("INSERT INTO nowhere VALUES (1)"))

    results = together(make(engine), [note("a"), broken, note("b")])
    assert results == ["a", "OperationalError", "b"]
    assert names(engine) == ["a", "b"]


def test_sessions_and_prepared_statements_share_a_commit(
    engine: Engine, commits: list[str]
) -> None:
    writers = make(engine)
    values = Prepared(insert(NOTES), ["name"])
    units = [note("session"), note("taken")]
    records = [
        lambda rows: rows.run(values, name="recorded"),
        lambda rows: (rows.run(values, name="refused"), 1 / 0),
        lambda rows: rows.run(values, name="taken"),
    ]
    jobs = [
        *(lambda u=u: writers.run(u) for u in units),
        *(lambda u=u: writers.record(u) for u in records),
    ]
    results = at_once(writers, jobs)
    assert results == ["session", "taken", 1, "ZeroDivisionError", "IntegrityError"]
    assert names(engine) == ["recorded", "session", "taken"]
    assert commits == ["commit"] * 2


def test_nothing_is_acknowledged_when_the_commit_fails(engine: Engine) -> None:
    writers = make(engine)

    @event.listens_for(engine, "commit")
    def fail(connection):
        raise OSError("the disk is gone")

    assert together(writers, [note("a"), note("b")]) == ["OSError", "OSError"]
    assert names(engine) == []


def test_nothing_is_acknowledged_when_the_commit_of_statements_fails(engine: Engine) -> None:
    def fail(work, *args):
        if getattr(work, "__name__", "") == "commit":
            raise OSError("the disk is gone")
        return work(*args)

    writers = GroupCommit(engine, engine, fail, lambda: 10.0)
    jobs = [lambda n=n: writers.record(lambda rows: rows.run(ADD, name=n)) for n in "ab"]
    assert at_once(writers, jobs) == ["OSError", "OSError"]
    assert names(engine) == []


def fill_up(engine: Engine) -> None:
    """Let the database take no further page, as if the disk were full."""

    @event.listens_for(engine, "connect")
    def limit(connection, _record):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine.dispose()


ADD = Prepared(insert(NOTES), ["name"])
TOO_MUCH = "x" * 100_000


@pytest.mark.parametrize("are_mixed", [False, True])
def test_full_disk_in_one_unit_loses_no_other(engine: Engine, are_mixed: bool) -> None:
    """SQLite ends the whole transaction then; who was before it must not be told "done"."""
    fill_up(engine)
    writers = make(engine)

    def record(name: str):
        return lambda: writers.record(lambda rows: rows.run(ADD, name=name))

    jobs = [record("a"), record(TOO_MUCH), record("b")]
    if are_mixed:
        jobs.append(lambda: writers.run(note("c")))
    results = at_once(writers, jobs)
    assert results[:3] == [1, "OperationalError", 1]
    assert names(engine) == ["a", "b", "c"][: 3 if are_mixed else 2]


def test_refusal_of_a_run_that_failed_as_a_whole_is_forgotten(engine: Engine) -> None:
    """What is stored in the end must not be answered with what a spoiled transaction said."""
    writers = make(engine)
    runs: list[str] = []

    def refuse_once(rows: Rows) -> int:
        runs.append("run")
        if len(runs) == 1:
            raise LookupError
        return rows.run(ADD, name="stored")

    def spoil_once(rows: Rows) -> int:
        if len(runs) == 1:
            rows.run(
                Prepared(insert(Table("nowhere", MetaData(), Column("name", String)))), name="x"
            )
        return rows.run(ADD, name="other")

    results = at_once(
        writers, [lambda: writers.record(refuse_once), lambda: writers.record(spoil_once)]
    )
    assert names(engine) == ["other", "stored"]
    assert results == [1, 1]


def test_unit_that_hides_a_full_disk_is_not_acknowledged(engine: Engine) -> None:
    fill_up(engine)
    writers = make(engine)

    def hide(rows: Rows) -> str:
        rows.run(ADD, name="lost")
        with suppress(OperationalError):
            rows.run(ADD, name=TOO_MUCH)
        return "done"

    results = at_once(writers, [lambda: writers.record(hide)] * 2)
    assert "done" not in results
    assert names(engine) == []


def test_nobody_is_told_done_when_no_connection_can_be_had(engine: Engine) -> None:
    absent = create_engine("sqlite:////no/such/folder/notes.db")
    writers = GroupCommit(engine, absent, lambda work, *args: work(*args), lambda: 10.0)
    results = at_once(
        writers, [lambda n=n: writers.record(lambda rows: rows.run(ADD, name=n)) for n in "ab"]
    )
    # Over the patient connections, then.
    assert results == [1, 1]
    assert names(engine) == ["a", "b"]


def test_nobody_is_told_done_when_no_thread_can_be_had(engine: Engine) -> None:
    first = iter([True])

    def no_thread(work, *args) -> None:
        if not next(first, False):
            raise RuntimeError("no thread can be had")
        work(*args)  # for whoever holds the turn while the others gather

    writers = GroupCommit(engine, engine, no_thread, lambda: 10.0)
    jobs = [lambda n=n: writers.record(lambda rows: rows.run(ADD, name=n)) for n in "ab"]
    jobs.append(lambda: writers.run(note("c")))
    assert at_once(writers, jobs) == ["RuntimeError"] * 3
    assert names(engine) == []


def test_record_waits_for_another_process_that_has_the_lock(engine: Engine) -> None:
    writers = make(engine)
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(
        target=writers.record, args=(lambda rows: rows.run(ADD, name="patient"),)
    )
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    other.execute("ROLLBACK")
    other.close()
    writer.join(10)
    assert names(engine) == ["patient"]


def test_writer_out_of_patience_leaves_nothing_behind(engine: Engine) -> None:
    writers = make(engine, patience=0.05)
    begun, go_on = threading.Event(), threading.Event()

    def hold(_session: Session) -> None:
        begun.set()
        assert go_on.wait(10)

    holder = threading.Thread(target=writers.run, args=(hold,))
    holder.start()
    assert begun.wait(10)
    with pytest.raises(Exception, match=r"^$") as refusal:
        writers.run(note("late"))
    assert type(refusal.value).__name__ == "DatabaseBusy"
    go_on.set()
    holder.join(10)
    assert writers.run(note("next")) == "next"
    assert names(engine) == ["next"]


class Shrinking(deque):
    """Shows one more than there is: whoever gave up took it away as it was counted."""

    def __len__(self) -> int:
        return super().__len__() + 1


def test_writer_that_gives_up_as_the_others_are_taken_takes_none_of_them_along(
    engine: Engine,
) -> None:
    writers = make(engine)
    writers._waiting = Shrinking()
    assert writers.run(note("one")) == "one"
    assert names(engine) == ["one"]
