"""Wrong answers to custom challenges, counted for a user over all of his sign-ins.

An answer is counted before the function looks at it, and taken back if it was right: sessions that
run in parallel, in any number of workers, buy no further guesses. The lock-out is that of
passwords (`rules.lockout`), with a count of its own, so that a right password does not forget wrong
answers. Missing users are counted by their names.
"""

from __future__ import annotations

from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import attempt_counts, lockout
from idp.user_pools.services.sign_in.attempt import Attempt, R


def count(attempt: Attempt[R]) -> Failures:
    """Count an answer as wrong. What was counted before, for `take_back`.

    Raises `PasswordAttemptsExceeded` where too many wrong ones have locked the user out.
    """
    pool_id, now = attempt.context.pool.id, attempt.kernel.clock.now()
    return attempt.kernel.database.write(lockout.record_failure, pool_id, _subject(attempt), now)


def take_back(attempt: Attempt[R], before: Failures) -> None:
    """The answer that was counted was right."""
    pool_id = attempt.context.pool.id
    attempt.kernel.database.write(attempt_counts.take_back, pool_id, _subject(attempt), before)


def forget(attempt: Attempt[R]) -> None:
    """The user gets his tokens. Raises `PasswordAttemptsExceeded` during a lock-out."""
    pool_id, now = attempt.context.pool.id, attempt.kernel.clock.now()
    attempt.kernel.database.record(lockout.check_and_clear, pool_id, _subject(attempt), now)


def _subject(attempt: Attempt[R]) -> str:
    return f"custom:{attempt.failure_subject}"
