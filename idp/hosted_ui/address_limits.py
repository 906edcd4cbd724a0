"""Guesses at the pages, counted by the address that they come from (`rules.address_delay`).

A burst that is under way at once is counted when it ends, and delays what comes after it by so
much more; how many guesses an account takes is counted beforehand, one by one (`lockout`).

Messages that nothing binds to the browser are counted apart: any web page makes its visitors send
such ones, and must not keep their network out of the pages.
"""

from __future__ import annotations

from datetime import datetime

from flask import Response, request
from sqlalchemy.orm import Session

from idp.hosted_ui import paths
from idp.hosted_ui.visit import Visit
from idp.oauth.errors import PageError
from idp.texts import N_
from idp.user_pools.rules import address_delay
from idp.user_pools.rules.lockout import Failures
from idp.user_pools.services import attempt_counts
from kernel.runtime import Kernel

REFUSED = 400
PAGES = "hosted-address"
SIGN_OUTS = "hosted-address-sign-outs"
"""LogoutRequests of other providers."""
UNASKED = "hosted-address-unasked"
"""Sign-ins that other providers began."""
SENDERS = frozenset({paths.FORGOT, paths.RESEND, paths.MAGIC_LINK})
"""Whose every success sends a message to somebody: it counts as an attempt."""


def admit(visit: Visit) -> None:
    """Raises `PageError` while the visitor's address has to wait."""
    admit_to(visit.kernel, visit.client.pool_id)


def admit_to(kernel: Kernel, pool_id: str, counted: str = PAGES) -> None:
    """The same for whoever asks something of a pool, by what is `counted` together."""
    subject = _subject(kernel, pool_id, counted)
    failures = kernel.database.look_up(attempt_counts.look, pool_id, subject)
    if address_delay.is_delayed(failures, kernel.clock.now()):
        raise PageError(
            N_("Too many attempts"),
            N_(
                "There were too many attempts from your network. Wait a minute, then go back and "
                "try again."
            ),
            status=429,
        )


def count(visit: Visit, path: str, response: Response) -> None:
    """Count a form that was refused, or that has sent a message."""
    if response.status_code == REFUSED or path in SENDERS:
        count_failure(visit.kernel, visit.client.pool_id)


def count_failure(kernel: Kernel, pool_id: str, counted: str = PAGES) -> None:
    """Count what was refused, from the address of the present request."""
    subject = _subject(kernel, pool_id, counted)
    kernel.database.write(_add, pool_id, subject, kernel.clock.now())


def _add(session: Session, pool_id: str, subject: str, now: datetime) -> None:
    row = attempt_counts.find(session, pool_id, subject, now)
    after = address_delay.after_failure(Failures(row.attempts, row.last), now)
    row.attempts, row.last = after.attempts, after.last
    attempt_counts.forget_some(session, now)


def _subject(kernel: Kernel, pool_id: str, counted: str) -> str:
    """Addresses are not kept in clear."""
    network = address_delay.network(request.remote_addr or "")
    return kernel.sealer.derive(counted, pool_id, network).hex()
