"""Forgets what is over: codes, sessions, refresh families, revocations, events, attempt counts.

Nothing depends on it for correctness, since every reader looks at the expiry; it keeps the tables
small. One worker at a time does it, every ten minutes, a bounded number of rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.models import (
    AttemptCount,
    AuthEvent,
    AuthorizationCode,
    BrowserSession,
    ConfirmationCode,
    DeviceAuthorization,
    LogoutNotice,
    PushedRequest,
    RefreshFamily,
    Revocation,
    SamlApplicationSession,
    UpstreamSession,
)
from idp.periodic_job import PeriodicJob
from idp.user_pools.services import attempt_counts, open_registrations, pools
from idp.user_pools.services.threats import events
from kernel.runtime import Kernel

ROWS_AT_ONCE = 1000

# A replayed code must still find what it bought, so that it can be revoked (RFC 6749 §4.1.2).
CODES_KEPT = timedelta(days=1)
# A client that was away for so long has forgotten its session too.
NOTICES_KEPT = timedelta(days=1)
# Counts of attempts at a code outlive it for a while, so that asking anew buys no new guesses.
CONFIRMATIONS_KEPT = timedelta(days=1)


class Cleanup(PeriodicJob):
    name, seconds = "cleanup", 600.0

    def work(self) -> None:
        sweep(self._kernel)


def sweep(kernel: Kernel) -> None:
    """Delete everything that is over now."""
    for over in OVER:
        while kernel.database.write(_delete_some, over, kernel.clock.now()) == ROWS_AT_ONCE:
            pass
    while kernel.database.write(pools.delete_some):
        pass
    while kernel.database.write(open_registrations.end_some, kernel.clock.now()):
        pass


@dataclass(frozen=True)
class Over:
    """When rows of a table are over: `kept` after the moment in `column`."""

    key: InstrumentedAttribute[Any]
    column: InstrumentedAttribute[datetime]
    kept: timedelta = timedelta()


OVER = (
    Over(AuthorizationCode.code_hash, AuthorizationCode.expires, CODES_KEPT),
    Over(PushedRequest.id_hash, PushedRequest.expires),
    Over(DeviceAuthorization.device_code_hash, DeviceAuthorization.expires, CODES_KEPT),
    Over(LogoutNotice.id, LogoutNotice.created, NOTICES_KEPT),
    Over(BrowserSession.id_hash, BrowserSession.expires),
    Over(UpstreamSession.browser_session_id, UpstreamSession.expires),
    Over(SamlApplicationSession.id, SamlApplicationSession.expires),
    Over(RefreshFamily.id, RefreshFamily.expires),
    Over(Revocation.id, Revocation.expires),
    Over(ConfirmationCode.user_id, ConfirmationCode.expires, CONFIRMATIONS_KEPT),
    Over(AuthEvent.id, AuthEvent.created, events.KEPT),
    Over(AttemptCount.subject, AttemptCount.last, attempt_counts.FORGOTTEN_AFTER),
)


def _delete_some(session: Session, over: Over, now: datetime) -> int:
    """Delete a bounded number of rows; answers how many keys were found."""
    is_over = over.column < now - over.kept
    keys = session.scalars(select(over.key).where(is_over).limit(ROWS_AT_ONCE)).all()
    session.execute(delete(over.key.class_).where(over.key.in_(keys), is_over))
    return len(keys)
