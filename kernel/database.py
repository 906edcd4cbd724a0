"""The engine and units of work, on Flask-SQLAlchemy.

A unit of work is a function of a session. `Database.read` and `Database.write` run it in one
transaction and return its value; nothing that waits for a network happens inside it. SQLite would
block the gevent hub, so there a whole unit runs in the hub's thread pool; psycopg waits
cooperatively, so PostgreSQL units run where they are called. On hot paths a unit is a function of
`Rows` instead, which runs prepared statements: `Database.look_up` and `Database.record`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import NullPool, SingletonThreadPool
from sqlalchemy.types import TypeDecorator

from kernel.group_commit import DatabaseBusy, GroupCommit
from kernel.look_ups import LookUpConnections
from kernel.settings import Settings
from kernel.statements import Prepared, Row, Rows
from kernel.threads import in_thread

__all__ = ["Base", "Database", "DatabaseBusy", "Document", "UtcDateTime", "orm"]

P = ParamSpec("P")
T = TypeVar("T")

# Constraints need names so that Alembic can change them on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_SECONDS = 15
"""How long a unit of work waits for another process that has SQLite's write lock."""
PAUSE_AFTER_DEADLOCK = 0.1
"""Seconds before a unit that PostgreSQL has ended is run again."""

Document = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite stores no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every model. Every resource belongs to an (account, region) or to a parent."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Document, list[Any]: Document}  # noqa: RUF012 - SQLAlchemy's name


orm = SQLAlchemy(metadata=Base.metadata)


class Database:
    """Units of work against one engine. Made once for each process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(poolgate_writes=True)
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._look_ups: LookUpConnections | None = None
        self._writers: GroupCommit | None = None
        if self._is_sqlite:
            impatient = _impatient(engine)
            self._look_ups = LookUpConnections(impatient)
            self._writers = GroupCommit(self._writing, impatient, in_thread, lambda: BUSY_SECONDS)

    @classmethod
    def attach(cls, app: Flask, settings: Settings) -> Database:
        """Configure Flask-SQLAlchemy on `app` and return the units of work on its engine."""
        app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
        options: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 20, "max_overflow": 20}
        if settings.database.startswith("sqlite"):
            # One connection for each native thread: a pool that hands connections from thread
            # to thread would wait on locks across gevent hubs.
            options = {
                "poolclass": SingletonThreadPool,
                "pool_size": 128,
                "connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS},
            }
        # orjson parses documents several times faster than the standard library.
        options |= {"json_serializer": _to_json, "json_deserializer": orjson.loads}
        # Values are people's; an error's text may reach a log.
        options["hide_parameters"] = True
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        orm.init_app(app)
        with app.app_context():
            engine = orm.engine
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        return cls(engine)

    def read(
        self, unit: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit(session, ...)` in a transaction that is rolled back afterwards."""

        def bound(session: Session) -> T:
            return unit(session, *args, **kwargs)

        return in_thread(self._read, bound) if self._is_sqlite else self._read(bound)

    def look_up(
        self, unit: Callable[Concatenate[Rows, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit(rows, ...)`, which fetches a few rows by key, in a transaction that is rolled
        back afterwards: on SQLite where it is called, on the hub too. A unit that searches, counts
        or lists belongs into `read`."""

        def bound(rows: Rows) -> T:
            return unit(rows, *args, **kwargs)

        if self._look_ups is None:
            return self._read_rows(bound)
        try:
            return self._look_ups.run(bound)
        except OperationalError as error:
            if "database is locked" not in str(error.orig):
                raise
        # Somebody is changing the file as a whole; that is waited for in a thread.
        value: T = in_thread(self._read_rows, bound)
        return value

    def first(self, statement: Prepared, **values: Any) -> Row | None:
        """`look_up` of one statement's first row, which needs no transaction around it."""

        def unit(rows: Rows) -> Row | None:
            return rows.first(statement, **values)

        if self._look_ups is None:
            return self.look_up(unit)
        try:
            return self._look_ups.first(statement, values)
        except OperationalError:
            return self.look_up(unit)

    def close(self) -> None:
        """Let go of all connections."""
        if self._writers is not None:
            self._writers.close()
        if self._look_ups is not None:
            self._look_ups.close()
        self.engine.dispose()

    def write(
        self, unit: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit(session, ...)` in a transaction that commits, or rolls back on an error.

        PostgreSQL runs units side by side. One that collides with another is run once more, and
        then sees what the other wrote: whoever comes second learns that the name is taken.
        """

        def bound(session: Session) -> T:
            return unit(session, *args, **kwargs)

        if self._writers is not None:
            return self._writers.run(bound)
        return _again_after_collision(lambda: self._write(bound))

    def record(
        self, unit: Callable[Concatenate[Rows, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`write`, for a unit that runs prepared statements."""

        def bound(rows: Rows) -> T:
            return unit(rows, *args, **kwargs)

        if self._writers is not None:
            return self._writers.record(bound)
        return _again_after_collision(lambda: self._record(bound))

    def _read(self, unit: Callable[[Session], T]) -> T:
        with Session(self.engine, expire_on_commit=False) as session:
            return unit(session)

    def _read_rows(self, unit: Callable[[Rows], T]) -> T:
        with self.engine.connect() as connection:
            return unit(Rows.on(connection))

    def _write(self, unit: Callable[[Session], T]) -> T:
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            return unit(session)

    def _record(self, unit: Callable[[Rows], T]) -> T:
        with self._writing.begin() as connection:
            return unit(Rows.on(connection))


def _again_after_collision(transaction: Callable[[], T]) -> T:
    try:
        return transaction()
    except (DBAPIError, StaleDataError) as error:
        if not _is_collision(error):
            raise
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            # The other one gets what it waits for first: otherwise both might meet again.
            time.sleep(PAUSE_AFTER_DEADLOCK)
    return transaction()


def _is_collision(error: DBAPIError | StaleDataError) -> bool:
    """Whether a concurrent transaction is to blame (PostgreSQL, appendix A, class 40; a unique or
    foreign key that another one has just filled or emptied)."""
    if isinstance(error, IntegrityError | StaleDataError):
        return True
    return str(getattr(error.orig, "sqlstate", "")).startswith("40")


def _impatient(engine: Engine) -> Engine:
    """An engine of the same database that never waits for a lock."""
    made = create_engine(
        engine.url,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": 0},
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )
    _prepare_sqlite(made, busy_seconds=0)
    return made


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(engine: Engine, busy_seconds: int | None = None) -> None:
    wait = BUSY_SECONDS if busy_seconds is None else busy_seconds

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: Any) -> None:
        # The driver must not begin transactions by itself: BEGIN IMMEDIATE is ours to say.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={wait * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("poolgate_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
