"""The lock-out after failed passwords, as a function of what has failed so far.

Cognito developer guide, "Lockout behavior for failed sign-in attempts": "After five failed sign-in
attempts with a password, Amazon Cognito locks out your user for one second. The lockout duration
then doubles after each additional one failed attempt, up to a maximum of approximately 15
minutes. Attempts made during lockout [...] don't affect the duration of subsequent lockout
periods." It is forgotten after a success, or 15 minutes without an attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_ATTEMPTS = 5
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Failures:
    """How many attempts failed in a row, and when the last one did."""

    attempts: int
    last: datetime

    @property
    def locked_until(self) -> datetime:
        if self.attempts < FREE_ATTEMPTS:
            return self.last
        # The exponent is bounded before it is used: 2**10 seconds is beyond the longest.
        seconds = 2.0 ** min(self.attempts - FREE_ATTEMPTS, 10)
        return self.last + min(timedelta(seconds=seconds), LONGEST)


def is_locked(failures: Failures | None, now: datetime) -> bool:
    """Whether attempts are refused at this moment, whatever the password."""
    return failures is not None and now < failures.locked_until


def after_failure(failures: Failures | None, now: datetime) -> Failures:
    """The state after one more wrong password, counted anew after 15 quiet minutes."""
    if failures is None or now >= failures.locked_until + LONGEST:
        return Failures(1, now)
    return Failures(failures.attempts + 1, now)
