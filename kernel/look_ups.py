"""Connections for look-ups, which run where they are called instead of in the thread pool.

A look-up reads a few rows by key: some 100 µs on SQLite, from memory nearly always. Handing it to a
thread and back costs as much again, and far more once threads wait for the interpreter. In WAL mode
a reader never waits for a writer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

T = TypeVar("T")


class LookUpConnections:
    """Idle connections, handed to one look-up at a time.

    A look-up has its connection to itself even where a lock inside the driver lets another greenlet
    run in between.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def run(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` in a transaction that is rolled back afterwards."""
        connection = self._take()
        try:
            with Session(connection, expire_on_commit=False) as session:
                result = unit(session)
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return result

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()
