"""Keeps a worker's set of revoked sign-ins current.

The database is the truth. A worker reads what is new to it when another one announces a change,
and every half second in case an announcement was lost.
"""

from __future__ import annotations

import threading

import structlog

from idp.models import Revocation as RevocationRow
from idp.user_pools.services import revocation
from idp.user_pools.services.issuers import issuer
from kernel.runtime import Kernel
from kernel.tokens.revocations import Revocation, RevocationSet

POLL_SECONDS = 0.5

log = structlog.get_logger("poolgate.revocations")


class RevocationFeed:
    """Feeds one worker's `RevocationSet`. Start it after the worker is forked."""

    def __init__(self, kernel: Kernel, revocations: RevocationSet) -> None:
        self._kernel = kernel
        self._revocations = revocations
        self._last = 0
        self._reading = threading.Lock()
        self._wake = threading.Event()
        self._is_stopped = False
        self._follower = threading.Thread(target=self._follow, name="revocations", daemon=True)

    def start(self) -> None:
        """Read what is there, then follow in the background."""
        self.read()
        self._kernel.shared_state.subscribe(
            revocation.CHANNEL, lambda _message: self._wake.set(), self._wake.set
        )
        self._follower.start()

    def stop(self) -> None:
        """Stop following, and wait for a reading that is under way."""
        self._is_stopped = True
        self._wake.set()
        self._follower.join()

    def read(self) -> None:
        """Take over the revocations that are new to this worker."""
        with self._reading:
            now = self._kernel.clock.now()
            for row in self._kernel.database.read(revocation.since, self._last, now):
                self._revocations.add(self._entry(row))
                self._last = max(self._last, row.id)

    def _entry(self, row: RevocationRow) -> Revocation:
        return Revocation(
            issuer=issuer(self._kernel.settings, row.pool_id),
            expires=row.expires.timestamp(),
            origin_jti=row.origin_jti,
        )

    def _follow(self) -> None:
        while not self._is_stopped:
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self.read()
            except Exception:
                # A database that is away now is read again in half a second.
                log.warning("revocations_unread", exc_info=True)
