"""Units of prepared statements, written on the hub; only their commit is waited for in a thread.

Such a unit is a few statements by key, some 10 µs each. In a thread each of them lets go of the
interpreter and then waits for it behind the hub, which costs more than the statement. So they run
where they are called, as look-ups do (`kernel/look_ups.py`), over a connection that never waits
for a lock; the commit, which waits for the disk, goes to a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from kernel.statements import Rows


class Unit(Protocol):
    """What waits for its turn (`kernel/group_commit.py`)."""

    def run_within(self, scope: Rows) -> None:
        """Raises `DBAPIError` where the whole transaction may be spoiled."""

    def fail(self, error: BaseException) -> None:
        """Nothing of the unit is stored."""


class TransactionEnded(Exception):
    """SQLite rolled the whole transaction back by itself, whatever the statement that made it do so
    was told: "if the disk is full, [...] an automatic ROLLBACK" (SQLite, "Transactions")."""


def check_is_open(driver: Any) -> None:
    """Raises `TransactionEnded` where a commit would commit nothing."""
    if not driver.in_transaction:
        raise TransactionEnded


class QuickWriter:
    """One connection, used by whoever has the writers' turn."""

    def __init__(self, engine: Engine, in_thread: Callable[[Callable[[], None]], None]) -> None:
        """`engine` makes connections that wait for no lock."""
        self._engine = engine
        self._in_thread = in_thread
        self._connection: PoolProxiedConnection | None = None

    def commit(self, units: Iterable[Unit]) -> bool:
        """Run the units and commit them; False where nothing is stored, because somebody else has
        the write lock or the transaction failed as a whole."""
        connection, self._connection = self._connection, None
        try:
            connection = connection or self._engine.raw_connection()
            connection.execute("BEGIN IMMEDIATE")
            rows = Rows(connection.dbapi_connection, self._engine.dialect)
            for unit in units:
                unit.run_within(rows)
            check_is_open(connection.dbapi_connection)
            self._in_thread(connection.commit)
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error, TransactionEnded):
            _close(connection)
            return False
        except BaseException:
            # Not even a commit that a thread is still at goes on over this connection.
            _close(connection)
            raise
        self._connection = connection
        return True

    def close(self) -> None:
        connection, self._connection = self._connection, None
        _close(connection)


def _close(connection: PoolProxiedConnection | None) -> None:
    """Roll back and let go; SQLite waits for a commit that is under way."""
    if connection is not None:
        connection.close()
