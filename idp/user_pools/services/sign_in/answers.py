"""Wrong answers to custom challenges, counted for a user over all of his sign-ins.

An answer is counted before the function looks at it, and taken back if it was right: sessions that
run in parallel, in any number of workers, buy no further guesses. The lock-out is that of
passwords (`rules.lockout`), with a count of its own, so that a right password does not forget wrong
answers. Missing users are counted by their names.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.models import AttemptCount
from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import lockout
from idp.user_pools.services.sign_in.attempt import Attempt, R


def count(attempt: Attempt[R]) -> Failures | None:
    """Count an answer as wrong. What was counted before, for `take_back`.

    Raises `PasswordAttemptsExceeded` where too many wrong ones have locked the user out.
    """
    pool_id, now = attempt.context.pool.id, attempt.kernel.clock.now()
    return attempt.kernel.database.write(_count, pool_id, _subject(attempt), now)


def take_back(attempt: Attempt[R], before: Failures | None) -> None:
    """The answer that was counted was right."""
    attempt.kernel.database.write(_take_back, attempt.context.pool.id, _subject(attempt), before)


def forget(attempt: Attempt[R]) -> None:
    """The user gets his tokens. Raises `PasswordAttemptsExceeded` during a lock-out."""
    pool_id, now = attempt.context.pool.id, attempt.kernel.clock.now()
    attempt.kernel.database.record(lockout.check_and_clear, pool_id, _subject(attempt), now)


def _count(session: Session, pool_id: str, subject: str, now: datetime) -> Failures | None:
    row = session.get(AttemptCount, (pool_id, subject), with_for_update=True)
    before = None if row is None else Failures(row.attempts, row.last)
    lockout.record_failure(session, pool_id, subject, now)
    return before


def _take_back(session: Session, pool_id: str, subject: str, before: Failures | None) -> None:
    row = session.get(AttemptCount, (pool_id, subject), with_for_update=True)
    if row is None:
        return
    attempts = 0 if before is None else before.attempts
    if row.attempts > attempts + 1:
        row.attempts -= 1  # others have been counted since: theirs stay, and when the last was
    elif before is None:
        session.delete(row)
    else:
        row.attempts, row.last = before.attempts, before.last


def _subject(attempt: Attempt[R]) -> str:
    return f"custom:{attempt.failure_subject}"
