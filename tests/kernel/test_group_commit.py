"""Writers that wait together are committed together, and each stands or falls alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, event, insert, text
from sqlalchemy.orm import Session

from kernel.group_commit import MOST_TOGETHER, GroupCommit
from kernel.statements import Prepared

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
