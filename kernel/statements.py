"""Prepared statements on the driver's own connection: what hot paths use in place of a session.

A session builds its statement, looks for what it has compiled before, and tracks each row; all of
it takes several times as long as the query of a few rows by key. Here a statement is written with
SQLAlchemy Core, so that both databases get their own SQL and values keep their types, compiled
once, and from then on handed to the driver as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ClauseElement, Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, class_mapper

M = TypeVar("M", bound=DeclarativeBase)
Process: TypeAlias = Callable[[Any], Any]
Row: TypeAlias = Sequence[Any]


class Prepared:
    """A Core statement. `columns` names the values of an insert that has none of its own.

    Raises `ValueError` for one that changes configuration: only sessions renew its version
    (`kernel/configuration.py`).
    """

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        if is_configuration(getattr(statement, "table", None)):
            raise ValueError("configuration is changed through a session")
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement in a database's own words; all engines of a kind are configured alike."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _compile(self._statement, self._columns, dialect)
            self._compiled[dialect.name] = compiled
        return compiled


@dataclass(frozen=True)
class Compiled:
    """SQL, the parameters that it takes, and what turns the driver's values into ours."""

    sql: str
    parameters: Sequence[tuple[str, Process | None]]
    """In the order of the SQL where they are positional."""
    constants: Mapping[str, Any]
    """Values that the statement holds itself, such as a limit."""
    is_positional: bool
    results: Sequence[tuple[int, Process]]

    def bind(self, values: Mapping[str, Any]) -> Any:
        """Values in the form that the driver takes. Raises `KeyError` for one that is missing."""
        if self.constants:
            values = {**self.constants, **values}
        if self.is_positional:
            return [
                values[name] if process is None else process(values[name])
                for name, process in self.parameters
            ]
        return {
            name: values[name] if process is None else process(values[name])
            for name, process in self.parameters
        }

    def read(self, row: Row) -> Row:
        """A row of the driver with our types."""
        if not self.results:
            return row
        values = list(row)
        for index, process in self.results:
            values[index] = process(values[index])
        return values


class Rows:
    """Runs prepared statements in the transaction that a connection is in.

    Errors are SQLAlchemy's, without the values.
    """

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._dialect = dialect

    @classmethod
    def on(cls, connection: Connection) -> Rows:
        """In the transaction of a connection, which begins here if it has not yet."""
        if not connection.in_transaction():
            connection.begin()
        return cls(connection.connection.dbapi_connection, connection.dialect)

    @classmethod
    def of(cls, session: Session) -> Rows:
        """In a session's transaction. What the session has not flushed is not there yet."""
        return cls.on(session.connection())

    def first(self, statement: Prepared, **values: Any) -> Row | None:
        """The first row, or None."""
        compiled = statement.on(self._dialect)
        row = self._execute(compiled, values).fetchone()
        return None if row is None else compiled.read(row)

    def all(self, statement: Prepared, **values: Any) -> list[Row]:
        compiled = statement.on(self._dialect)
        return [compiled.read(row) for row in self._execute(compiled, values).fetchall()]

    def run(self, statement: Prepared, **values: Any) -> int:
        """Insert, update or delete; the number of rows."""
        count: int = self._execute(statement.on(self._dialect), values).rowcount
        return count

    def savepoint(self) -> None:
        self._say("SAVEPOINT unit")

    def back_to_savepoint(self) -> None:
        """Undo what was done since `savepoint`. Raises where SQLite has ended the transaction by
        itself, as it does when the disk is full: then everything before it is undone too."""
        self._say("ROLLBACK TO SAVEPOINT unit")
        self.release_savepoint()

    def release_savepoint(self) -> None:
        self._say("RELEASE SAVEPOINT unit")

    def _execute(self, compiled: Compiled, values: Mapping[str, Any]) -> Any:
        return self._say(compiled.sql, compiled.bind(values))

    def _say(self, sql: str, parameters: Any = ()) -> Any:
        try:
            return self._driver.execute(sql, parameters)
        except self._dialect.loaded_dbapi.Error as error:
            raise wrapped(error, self._dialect, sql) from error


def loader(model: type[M]) -> Callable[[Row], M]:
    """Makes objects of rows that hold all columns of the model's table, in order.

    The object is one that the ORM has loaded, but belongs to no session: changing it stores
    nothing. It is made without the constructor, which would keep books of each value.
    """
    make = class_mapper(model).class_manager.new_instance
    columns = columns_of(model)

    def load(row: Row) -> M:
        made: M = make()
        made.__dict__.update(zip(columns, row, strict=True))
        return made

    return load


def is_configuration(table: Any) -> bool:
    """Whether a statement's table holds what is kept in memory."""
    return table is not None and bool(table.info.get("is_configuration"))


def columns_of(model: type[DeclarativeBase]) -> tuple[str, ...]:
    """The names of the model's columns, in the table's order."""
    return tuple(column.key for column in model.__table__.columns)


def wrapped(error: Exception, dialect: Dialect, sql: str) -> Exception:
    """A driver's error as SQLAlchemy's, of the same kind, with no value in it."""
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, error, base, hide_parameters=True, dialect=dialect)


def _compile(statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> Compiled:
    made: Any = statement.compile(dialect=dialect, column_keys=columns)
    bound = {name: bind for bind, name in made.bind_names.items()}
    names = made.positiontup if made.positional else list(bound)
    selected = statement.selected_columns if isinstance(statement, Select) else ()
    results = (
        (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for index, column in enumerate(selected)
    )
    return Compiled(
        sql=made.string,
        parameters=[
            (name, bound[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ],
        constants={name: bind.effective_value for name, bind in bound.items() if not bind.required},
        is_positional=made.positional,
        results=[(index, process) for index, process in results if process],
    )
