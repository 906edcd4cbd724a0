"""What is kept in memory of the configuration is what the database holds, whoever changed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import ForeignKey, bindparam, delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from kernel.configuration import CONFIGURATION, ConfigurationVersion, KeptConfiguration
from kernel.database import Database
from kernel.statements import Prepared, Rows


class Own(DeclarativeBase):
    """Of its own metadata: the migrations' tests look at the models'."""


class Setting(Own):
    __tablename__ = "own_settings"
    __table_args__ = CONFIGURATION

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Detail(Own):
    __tablename__ = "own_details"

    id: Mapped[int] = mapped_column(primary_key=True)
    setting: Mapped[str] = mapped_column(ForeignKey("own_settings.name", ondelete="CASCADE"))


class Visit(Own):
    """Not configuration."""

    __tablename__ = "own_visits"

    id: Mapped[int] = mapped_column(primary_key=True)


VALUE = Prepared(select(Setting.value).where(Setting.name == bindparam("wanted")))


class Process:
    """One of those that share the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.kept = KeptConfiguration()
        self.reads = 0

    def value(self, name: str) -> str | None:
        return self.database.look_up(self._look, name)

    def _look(self, rows: Rows, name: str) -> str | None:
        def load() -> str | None:
            self.reads += 1
            row = rows.first(VALUE, wanted=name)
            return None if row is None else row[0]

        return self.kept.get(rows, name, load)


@pytest.fixture
def shared(database: Database) -> Database:
    Own.metadata.create_all(database.engine)
    database.write(lambda session: session.add(Setting(name="colour", value="green")))
    return database


def set_value(session: Session) -> None:
    session.get_one(Setting, "colour").value = "red"


def test_what_nobody_changes_is_read_once(shared: Database) -> None:
    process = Process(shared)
    assert [process.value("colour") for _ in range(3)] == ["green"] * 3
    assert process.reads == 1


@pytest.mark.parametrize(
    ("change", "afterwards"),
    [
        (set_value, "red"),
        (lambda session: session.delete(session.get_one(Setting, "colour")), None),
        (lambda session: session.execute(update(Setting).values(value="red")), "red"),
        (lambda session: session.execute(delete(Setting)), None),
        (lambda session: session.execute(delete(Setting.__table__)), None),
    ],
)
def test_change_is_seen_by_every_process_at_once(
    shared: Database, change: Callable[[Session], Any], afterwards: str | None
) -> None:
    one, other = Process(shared), Process(shared)
    assert one.value("colour") == other.value("colour") == "green"
    one.database.write(change)
    assert one.value("colour") == other.value("colour") == afterwards


def test_what_is_kept_is_recalled_until_somebody_changes_anything(shared: Database) -> None:
    process = Process(shared)
    assert process.kept.recall(shared, "colour") is None
    assert process.value("colour") == process.kept.recall(shared, "colour") == "green"
    shared.write(lambda session: session.add(Setting(name="size", value="1")))
    assert process.kept.recall(shared, "colour") is None
    assert process.value("colour") == process.kept.recall(shared, "colour") == "green"
    assert process.reads == 2


def test_addition_is_seen_too(shared: Database) -> None:
    process = Process(shared)
    assert process.value("size") is None
    shared.write(lambda session: session.execute(insert(Setting).values(name="size", value="1")))
    assert process.value("size") == "1"


def test_what_is_not_there_is_not_remembered(shared: Database) -> None:
    process = Process(shared)
    assert [process.value(f"made up {n}") for n in range(3)] == [None] * 3
    assert process.reads == 3
    assert not process.kept._present[1]


def test_change_that_is_rolled_back_is_none(shared: Database) -> None:
    process = Process(shared)
    assert process.value("colour") == "green"

    def change_and_fail(session: Session) -> None:
        set_value(session)
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        shared.write(change_and_fail)
    assert process.value("colour") == "green"
    assert process.reads == 1


def test_change_of_anything_else_forgets_nothing(shared: Database) -> None:
    process = Process(shared)
    assert process.value("colour") == "green"
    shared.write(lambda session: session.add(Visit(id=1)))
    shared.write(lambda session: session.add(Detail(id=1, setting="colour")))
    assert process.value("colour") == "green"
    assert process.reads == 1


def test_emptied_database_never_has_a_former_version_again(shared: Database) -> None:
    """As `POST /_poolgate/reset` leaves it; versions that are counted would come back."""
    process = Process(shared)
    assert process.value("colour") == "green"

    def empty(session: Session) -> None:
        for table in (Setting.__table__, ConfigurationVersion.__table__):
            session.execute(delete(table))

    shared.write(empty)
    shared.write(lambda session: session.add(Setting(name="colour", value="blue")))
    assert process.value("colour") == "blue"


def test_newer_version_seen_by_another_reader_meanwhile_is_not_overwritten(
    shared: Database,
) -> None:
    """A slow reader must not keep, under the new version, what he read under the old one."""
    process = Process(shared)

    def slowly(rows: Rows) -> str | None:
        def load() -> str | None:
            before = rows.first(VALUE, wanted="colour")
            Process(shared).database.write(set_value)
            assert process.value("colour") == "red"
            return None if before is None else before[0]

        return process.kept.get(rows, "colour", load)

    assert shared.look_up(slowly) == "green"
    assert process.value("colour") == "red"


@pytest.mark.parametrize("changing", [insert(Setting), update(Setting), delete(Setting)])
def test_statement_that_no_session_would_notice_is_refused(changing: Any) -> None:
    with pytest.raises(ValueError, match="through a session"):
        Prepared(changing)
