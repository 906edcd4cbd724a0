"""SQLite's writing units, several to a transaction where several wait.

SQLite has one writer at a time, and a commit that survives a power cut costs more than the unit it
commits. Units queue here, where waiting costs nothing, and not in the thread pool, whose few
threads readers need. Whoever comes to his turn runs every unit that waits, each within a savepoint
of its own, and commits them together; a unit that raises rolls back alone. A unit's caller hears of
it after the commit, so nothing is acknowledged that could still be lost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from kernel.quick_writer import QuickWriter, TransactionEnded, check_is_open
from kernel.statements import Rows

T = TypeVar("T")
Scope = Callable[[Any], AbstractContextManager[Any]]

MOST_TOGETHER = 64


class DatabaseBusy(Exception):
    """Somebody else, such as a backup, has kept the database locked for too long."""


@contextmanager
def session_scope(connection: Connection) -> Iterator[Session]:
    """A savepoint, for a unit that works with a session."""
    with (
        Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def rows_scope(within: Connection | Rows) -> Iterator[Rows]:
    """A savepoint, for a unit that runs prepared statements."""
    rows = within if isinstance(within, Rows) else Rows.on(within)
    rows.savepoint()
    try:
        yield rows
    except BaseException as error:
        try:
            rows.back_to_savepoint()
        except DBAPIError:
            raise TransactionEnded from error
        raise
    rows.release_savepoint()


class _Job:
    """A unit that waits for its turn, and then what became of it."""

    def __init__(self, unit: Callable[[Any], Any], scope: Scope) -> None:
        self.unit = unit
        self.scope = scope
        self.is_done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run_alone(self, engine: Engine) -> None:
        """In a transaction of its own."""
        self.error = None
        try:
            with engine.begin() as connection, self.scope(connection) as within:
                self.value = self.unit(within)
        except BaseException as error:
            self.error = _as_busy(error)

    def run_within(self, transaction: Connection | Rows) -> None:
        """In a savepoint. Raises where the whole transaction may be spoiled."""
        self.error = None  # of a run whose transaction failed as a whole
        try:
            with self.scope(transaction) as within:
                self.value = self.unit(within)
        except IntegrityError as error:
            self.error = error
        except (DBAPIError, TransactionEnded):
            raise
        except BaseException as error:
            self.error = error

    def fail(self, error: BaseException) -> None:
        """Nothing of the unit is stored."""
        self.value, self.error = None, error

    def result(self) -> Any:
        """What the unit returned. Raises what it raised."""
        error, self.error = self.error, None
        if error is None:
            return self.value
        try:
            raise error
        finally:
            del error  # its traceback holds this frame, and this frame would hold it


class GroupCommit:
    """The writers of one process. `in_thread` runs blocking work off the hub.

    `quickly` makes connections that wait for no lock.
    """

    def __init__(
        self,
        engine: Engine,
        quickly: Engine,
        in_thread: Callable[..., None],
        patience: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._quick_writer = QuickWriter(quickly, in_thread)
        self._in_thread = in_thread
        self._patience = patience
        self._turn = threading.Lock()
        self._waiting: deque[_Job] = deque()

    def run(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` and commit it. Raises `DatabaseBusy`, or what the unit raises."""
        value: T = self._run(_Job(unit, session_scope))
        return value

    def record(self, unit: Callable[[Rows], T]) -> T:
        """The same for a unit that runs prepared statements."""
        value: T = self._run(_Job(unit, rows_scope))
        return value

    def _run(self, job: _Job) -> Any:
        self._waiting.append(job)
        if not self._turn.acquire(timeout=self._patience()):
            self._withdraw(job)
        try:
            while not job.is_done:
                self._commit(self._take())
        finally:
            self._turn.release()
        return job.result()

    def _withdraw(self, job: _Job) -> None:
        """Give up, unless the writer whose turn it is has taken the unit along already."""
        try:
            self._waiting.remove(job)
        except ValueError:
            self._turn.acquire()
        else:
            raise DatabaseBusy

    def _take(self) -> list[_Job]:
        """What waits. Whoever gives up may take his own away meanwhile, and none of the others may
        be lost by that: their callers would wait for ever, and busily."""
        taken: list[_Job] = []
        with suppress(IndexError):
            while len(taken) < MOST_TOGETHER:
                taken.append(self._waiting.popleft())
        return taken

    def close(self) -> None:
        self._quick_writer.close()

    def _commit(self, jobs: Sequence[_Job]) -> None:
        are_quick = all(job.scope is rows_scope for job in jobs)
        try:
            if not (are_quick and self._quick_writer.commit(jobs)):
                self._in_thread(self._commit_in_thread, jobs)
        except BaseException as error:
            # Whoever has run along must not take it for done.
            for job in jobs:
                job.fail(error)
            raise
        finally:
            for job in jobs:
                job.is_done = True

    def _commit_in_thread(self, jobs: Sequence[_Job]) -> None:
        if len(jobs) == 1 or not self._commit_together(jobs):
            for job in jobs:
                job.run_alone(self._engine)

    def _commit_together(self, jobs: Sequence[_Job]) -> bool:
        """False where the transaction failed as a whole: nothing is stored, and each unit is run
        again in a transaction of its own."""
        try:
            with self._engine.begin() as connection:
                for job in jobs:
                    job.run_within(connection)
                check_is_open(connection.connection.dbapi_connection)
        except (DBAPIError, TransactionEnded):
            return False
        except BaseException as error:
            for job in jobs:
                job.fail(error)
        return True


def _as_busy(error: BaseException) -> BaseException:
    if isinstance(error, TransactionEnded) and error.__cause__ is not None:
        return error.__cause__
    if isinstance(error, OperationalError) and "database is locked" in str(error.orig):
        return DatabaseBusy()
    return error
