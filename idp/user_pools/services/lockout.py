"""Failed passwords, counted in the database for users and for names that nobody has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from idp.errors import PasswordAttemptsExceeded
from idp.models import User
from idp.user_pools.rules import lockout
from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import attempt_counts
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.statements import Rows


class Turns:
    """Lets one attempt for a subject happen at a time in this process.

    Otherwise a burst of parallel guesses would all be checked before the first is counted. Several
    workers add one guess each.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[threading.Lock, int]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def of(self, subject: str) -> Iterator[None]:
        """Wait for the subject's turn."""
        with self._guard:
            lock, count = self._waiting.get(subject, (threading.Lock(), 0))
            self._waiting[subject] = lock, count + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, count = self._waiting[subject]
                if count == 1:
                    del self._waiting[subject]
                else:
                    self._waiting[subject] = lock, count - 1


@contextmanager
def guess(kernel: Kernel, pool_id: str, subject: str) -> Iterator[None]:
    """Check a password while no other attempt for the same subject does.

    Raises `PasswordAttemptsExceeded` where those before it have locked the subject out: during a
    lock-out no password is looked at, or the time of the answer would tell a right one.
    """
    with kernel.of(Turns).of(subject):
        kernel.database.look_up(check, pool_id, subject, kernel.clock.now())
        yield


def subject_of(sealer: Sealer, pool_id: str, user: User | None, normalised_name: str) -> str:
    """What failures are counted for. A missing user's name is not kept in clear."""
    if user is not None:
        return user.id
    return sealer.derive("sign-in-failure", pool_id, normalised_name).hex()


def check(rows: Rows, pool_id: str, subject: str, now: datetime) -> None:
    """Raises `PasswordAttemptsExceeded` while the subject is locked out."""
    if lockout.is_locked(attempt_counts.look(rows, pool_id, subject), now):
        raise PasswordAttemptsExceeded


def check_and_clear(rows: Rows, pool_id: str, subject: str, now: datetime) -> None:
    """`check`, and forget the failures of somebody who has signed in."""
    failures = attempt_counts.look(rows, pool_id, subject)
    if lockout.is_locked(failures, now):
        raise PasswordAttemptsExceeded
    if failures is not None:
        clear(rows, pool_id, subject)


def record_failure(session: Session, pool_id: str, subject: str, now: datetime) -> Failures:
    """Count one more, and let go of counts that no longer matter. What was counted before.

    Raises `PasswordAttemptsExceeded` where parallel guesses have locked the subject out since this
    one began: it is answered as a right one would be.
    """
    row = attempt_counts.find(session, pool_id, subject, now)
    before = Failures(row.attempts, row.last)
    if lockout.is_locked(before, now):
        raise PasswordAttemptsExceeded
    state = lockout.after_failure(before, now)
    row.attempts, row.last = state.attempts, state.last
    attempt_counts.forget_some(session, now)
    return before


def clear(rows: Rows, pool_id: str, subject: str) -> None:
    """Forget the failures of somebody who proved himself in another way."""
    attempt_counts.clear(rows, pool_id, subject)
