"""Connections for look-ups, which run where they are called instead of in the thread pool.

A look-up reads a few rows by key: some 20 µs on SQLite, from memory nearly always. Handing it to a
thread and back costs as much again, and far more once threads wait for the interpreter. In WAL mode
a reader never waits for a writer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, PoolProxiedConnection

from kernel.statements import Rows, wrapped

T = TypeVar("T")


class LookUpConnections:
    """Idle connections, handed to one look-up at a time.

    A look-up has its connection to itself even where a lock inside the driver lets another greenlet
    run in between.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[tuple[PoolProxiedConnection, Rows]] = []

    def run(self, unit: Callable[[Rows], T]) -> T:
        """Run `unit` in a transaction that is rolled back afterwards."""
        connection, rows = self._take()
        try:
            connection.execute("BEGIN")
            result = unit(rows)
            connection.rollback()
        except BaseException as error:
            connection.close()
            if isinstance(error, self._engine.dialect.loaded_dbapi.Error):
                raise wrapped(error, self._engine.dialect, "BEGIN") from error
            raise
        self._idle.append((connection, rows))
        return result

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()
        self._engine.dispose()

    def _take(self) -> tuple[PoolProxiedConnection, Rows]:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._engine.raw_connection()
            return connection, Rows(connection.dbapi_connection, self._engine.dialect)
