"""Counts of attempts in the database: for whom, how many, and when the last one was.

Wrong passwords and answers are counted in a row (`rules.lockout`), codes and addresses within a
window of time. A subject is a user's id, or a keyed hash of a name or an address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.models import AttemptCount
from idp.user_pools.rules import codes
from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import quick_reads
from kernel.statements import Rows

# No count matters longer: the longest lock-out and the quiet time that forgets it make 30 minutes,
# codes are counted by the hour.
FORGOTTEN_AFTER = codes.WINDOW
FORGOTTEN_AT_ONCE = 20


def look(rows: Rows, pool_id: str, subject: str) -> Failures | None:
    """What is counted, for those who do not change it."""
    found = quick_reads.attempts(rows, pool_id, subject)
    return None if found is None else Failures(*found)


def find(session: Session, pool_id: str, subject: str, now: datetime) -> AttemptCount:
    """The count, at zero where there is none yet. Until the unit ends, nobody else changes it."""
    row = session.get(AttemptCount, (pool_id, subject), with_for_update=True)
    if row is None:
        row = AttemptCount(pool_id=pool_id, subject=subject, attempts=0, last=now)
        session.add(row)
    return row


def add(
    session: Session,
    pool_id: str,
    subject: str,
    now: datetime,
    window: timedelta,
    most: int | None = None,
) -> None:
    """One attempt more. Nothing that long since the last one, and they are counted anew.

    Raises `LimitExceeded` where there were as many as `most` already.
    """
    row = find(session, pool_id, subject, now)
    if now - row.last >= window:
        row.attempts = 0
    if most is not None and row.attempts >= most:
        raise LimitExceeded
    row.attempts, row.last = row.attempts + 1, now


def take_back(session: Session, pool_id: str, subject: str, before: Failures) -> None:
    """An attempt does not count after all. `before` is what had been counted before it."""
    row = session.get(AttemptCount, (pool_id, subject), with_for_update=True)
    if row is None:
        return
    if row.attempts > before.attempts + 1:
        row.attempts -= 1  # others have been counted since: theirs stay, and when the last was
    elif not before.attempts:
        session.delete(row)
    else:
        row.attempts, row.last = before.attempts, before.last


def clear(rows: Rows, pool_id: str, subject: str) -> None:
    """Forget what was counted."""
    quick_reads.delete_attempts(rows, pool_id, subject)


def forget_some(session: Session, now: datetime) -> None:
    """Let go of counts that no longer matter: more than a failure adds, and no more than an attempt
    may take time for."""
    key = tuple_(AttemptCount.pool_id, AttemptCount.subject)
    old = (
        select(AttemptCount.pool_id, AttemptCount.subject)
        .where(AttemptCount.last < now - FORGOTTEN_AFTER)
        .limit(FORGOTTEN_AT_ONCE)
    )
    session.execute(delete(AttemptCount).where(key.in_(old)))
