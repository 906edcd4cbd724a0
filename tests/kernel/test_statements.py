"""Prepared statements answer what a session would, with its types and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    Integer,
    LargeBinary,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from kernel.database import Database, Document, UtcDateTime
from kernel.settings import parse
from kernel.statements import Prepared, Rows, columns_of, loader

MOMENT = datetime(2026, 11, 2, 23, 30, 0, 123456, timezone(timedelta(hours=-5)))


class Own(DeclarativeBase):
    """Of its own metadata: the migrations' tests look at the models'."""


class Thing(Own):
    """A column of each type that the models have."""

    __tablename__ = "things"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    word: Mapped[str | None] = mapped_column(String, unique=True)
    body: Mapped[Any] = mapped_column(Document, nullable=True)
    at: Mapped[Any] = mapped_column(UtcDateTime, nullable=True)
    sealed: Mapped[Any] = mapped_column(LargeBinary, nullable=True)
    good: Mapped[Any] = mapped_column(Boolean, nullable=True)


COLUMNS = columns_of(Thing)
ADD = Prepared(insert(Thing), COLUMNS)
GET = Prepared(select(*Thing.__table__.columns).where(Thing.id == bindparam("thing")))
PAGE = Prepared(select(Thing.id).where(Thing.id > bindparam("after")).order_by(Thing.id).limit(2))
MARK = Prepared(
    update(Thing)
    .where(Thing.id == bindparam("thing"), Thing.good.is_(None))
    .values(good=True, at=bindparam("now"))
)
REMOVE = Prepared(delete(Thing).where(Thing.word == bindparam("gone")))
NOTHING: dict[str, Any] = dict.fromkeys(COLUMNS)
FULL = {
    "id": 7,
    "word": "Ünïcode ' \" ? %s :x",
    "body": {"list": [1, "zwei", None], "nested": {"deep": True}},
    "at": MOMENT,
    "sealed": b"\x00\xff binary",
    "good": False,
}


@pytest.fixture
def things(database: Database) -> Database:
    Own.metadata.create_all(database.engine)
    return database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    attached = Database.attach(Flask("storage"), parse({"instance": str(tmp_path)}))
    yield attached
    attached.close()


def add(rows: Rows, **values: Any) -> int:
    return rows.run(ADD, **{**NOTHING, **values})


@pytest.mark.parametrize("values", [FULL, {**NOTHING, "id": 7}])
def test_values_come_back_as_a_session_reads_them(things: Database, values: Any) -> None:
    assert things.record(add, **values) == 1
    row = things.look_up(lambda rows: rows.first(GET, thing=7))
    assert row is not None
    loaded = loader(Thing)(row)
    expected = things.read(lambda session: session.get_one(Thing, 7))
    for name in COLUMNS:
        assert getattr(loaded, name) == getattr(expected, name) == values[name]
        assert type(getattr(loaded, name)) is type(getattr(expected, name))


def test_moment_is_in_utc(things: Database) -> None:
    things.record(add, **FULL)
    row = things.look_up(lambda rows: rows.first(GET, thing=7))
    assert row is not None
    assert row[COLUMNS.index("at")].tzinfo is UTC


def test_limit_of_the_statement_itself_holds(things: Database) -> None:
    for number in range(1, 6):
        things.record(add, id=number)
    found = things.look_up(lambda rows: rows.all(PAGE, after=1))
    assert [row[0] for row in found] == [2, 3]


def test_row_that_is_not_there_is_none(things: Database) -> None:
    assert things.look_up(lambda rows: rows.first(GET, thing=7)) is None
    assert things.look_up(lambda rows: rows.all(GET, thing=7)) == []


def test_number_of_changed_rows_is_told(things: Database) -> None:
    things.record(add, id=7, word="gone")
    assert things.record(lambda rows: rows.run(MARK, thing=7, now=MOMENT)) == 1
    assert things.record(lambda rows: rows.run(MARK, thing=7, now=MOMENT)) == 0
    assert things.record(lambda rows: rows.run(REMOVE, gone="gone")) == 1


def test_missing_value_is_no_null(things: Database) -> None:
    with pytest.raises(KeyError):
        things.look_up(lambda rows: rows.first(GET))


def test_value_is_never_read_as_sql(things: Database) -> None:
    things.record(add, id=7, word="kept")
    hostile = "x' OR '1'='1"
    assert things.record(lambda rows: rows.run(REMOVE, gone=hostile)) == 0
    assert things.look_up(lambda rows: rows.first(GET, thing=7)) is not None


def test_error_is_the_one_of_a_session_and_shows_no_value(things: Database) -> None:
    things.record(add, id=1, word="s3cret")
    with pytest.raises(IntegrityError) as refused:
        things.record(add, id=2, word="s3cret")
    assert refused.value.params is None  # what it repeats of the database's own words is redacted
    assert things.look_up(lambda rows: rows.first(GET, thing=2)) is None


def test_unit_that_raises_leaves_nothing(things: Database) -> None:
    def fail(rows: Rows) -> None:
        add(rows, id=7)
        raise LookupError

    with pytest.raises(LookupError):
        things.record(fail)
    assert things.look_up(lambda rows: rows.first(GET, thing=7)) is None


def test_look_up_stores_nothing(things: Database) -> None:
    things.look_up(add, id=7)
    assert things.look_up(lambda rows: rows.first(GET, thing=7)) is None


def test_look_up_sees_one_moment(sqlite: Database) -> None:
    """PostgreSQL reads what is committed, statement by statement."""
    Own.metadata.create_all(sqlite.engine)

    def twice(rows: Rows) -> tuple[Any, Any]:
        before = rows.first(GET, thing=7)
        sqlite.record(add, id=7)
        return before, rows.first(GET, thing=7)

    assert sqlite.look_up(twice) == (None, None)


def test_session_sees_what_statements_did_in_its_transaction(things: Database) -> None:
    def unit(session: Session) -> Thing | None:
        add(Rows.of(session), id=7, word="ada")
        return session.get(Thing, 7)

    found = things.write(unit)
    assert found is not None
    assert found.word == "ada"


def test_connection_of_a_failed_look_up_is_not_used_again(sqlite: Database) -> None:
    for _ in range(3):
        with pytest.raises(OperationalError, match="no such table"):
            sqlite.look_up(lambda rows: rows.first(GET, thing=7))
    Own.metadata.create_all(sqlite.engine)
    assert sqlite.look_up(lambda rows: rows.first(GET, thing=7)) is None
