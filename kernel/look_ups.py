"""Connections for look-ups, which run where they are called instead of in the thread pool.

A look-up reads a few rows by key: some 20 µs on SQLite, from memory nearly always. Handing it to a
thread and back costs as much again, and far more once threads wait for the interpreter. In WAL mode
a reader never waits for a writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection

from kernel.statements import Prepared, Row, Rows, wrapped

T = TypeVar("T")


class LookUpConnections:
    """Idle connections, handed to one look-up at a time.

    A look-up has its connection to itself even where a lock inside the driver lets another greenlet
    run in between.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[_Connection] = []

    def run(self, unit: Callable[[Rows], T]) -> T:
        """Run `unit` in a transaction that is rolled back afterwards."""
        connection = self._take()
        try:
            connection.driver.execute("BEGIN")
            result = unit(connection.rows)
            connection.driver.rollback()
        except BaseException as error:
            connection.pooled.close()
            self._raise_wrapped(error)
            raise
        self._idle.append(connection)
        return result

    def first(self, statement: Prepared, values: Mapping[str, Any]) -> Row | None:
        """The first row of one statement, which is a transaction by itself."""
        connection = self._take()
        try:
            row = connection.rows.first(statement, **values)
        except BaseException as error:
            connection.pooled.close()
            self._raise_wrapped(error)
            raise
        self._idle.append(connection)
        return row

    def close(self) -> None:
        while self._idle:
            self._idle.pop().pooled.close()
        self._engine.dispose()

    def _take(self) -> _Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return _Connection.open(self._engine)

    def _raise_wrapped(self, error: BaseException) -> None:
        if isinstance(error, self._engine.dialect.loaded_dbapi.Error):
            raise wrapped(error, self._engine.dialect, "BEGIN") from error


@dataclass(frozen=True)
class _Connection:
    pooled: PoolProxiedConnection
    driver: Any
    rows: Rows

    @classmethod
    def open(cls, engine: Engine) -> _Connection:
        pooled = engine.raw_connection()
        driver = pooled.dbapi_connection
        return cls(pooled, driver, Rows(driver, engine.dialect))
