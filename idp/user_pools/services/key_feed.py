"""Keeps one worker's issuers current with the pools' keys in the database.

Another worker announces what it withdraws. `poolgate keys` is a process of its own, though, and an
announcement may be lost: so every half second a worker looks whether the configuration has changed,
and if so compares the keys that it verifies with.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import PoolSigningKey
from idp.user_pools.services.issuers import pool_of_issuer
from kernel.configuration import VERSION
from kernel.runtime import Kernel
from kernel.statements import Row
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.keys import Jwk

POLL_SECONDS = 0.5
POOLS_AT_ONCE = 500

log = structlog.get_logger("poolgate.signing_keys")


class KeyFeed:
    """Feeds one worker's `LocalIssuers`. Start it after the worker is forked."""

    def __init__(self, kernel: Kernel, issuers: LocalIssuers) -> None:
        self._kernel = kernel
        self._issuers = issuers
        self._version: Row | None = None
        self._stopped = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="signing-keys", daemon=True)

    def start(self) -> None:
        self._follower.start()

    def stop(self) -> None:
        """Stop following, and wait for a reading that is under way."""
        self._stopped.set()
        self._follower.join()

    def read(self) -> None:
        """Take over what has changed since the last time."""
        version = self._kernel.database.first(VERSION)
        if version is not None and version == self._version:
            return
        self._kernel.configuration.note(version)
        # The version is read before the keys: keys that are newer than it are only read twice.
        known = [(iss, pool_of_issuer(self._kernel.settings, iss)) for iss in self._issuers.known()]
        for start in range(0, len(known), POOLS_AT_ONCE):
            self._compare(known[start : start + POOLS_AT_ONCE])
        self._version = version

    def _compare(self, known: Sequence[tuple[str, str | None]]) -> None:
        pools = [pool_id for _issuer, pool_id in known if pool_id is not None]
        published = self._kernel.database.read(_published, pools)
        for issuer, pool_id in known:
            jwks = published.get(pool_id or "")
            if jwks:
                self._issuers.renew(issuer, jwks)
            else:
                self._issuers.forget(issuer)

    def _follow(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self.read()
            except Exception:
                # A database that is away now is read again in half a second.
                log.warning("signing_keys_unread", exc_info=True)


def _published(session: Session, pools: Sequence[str]) -> dict[str, list[Jwk]]:
    """The JWKs of each pool that has any."""
    found: dict[str, list[Any]] = defaultdict(list)
    columns = select(PoolSigningKey.pool_id, PoolSigningKey.public_jwk)
    for pool_id, jwk in session.execute(columns.where(PoolSigningKey.pool_id.in_(pools))):
        found[pool_id].append(jwk)
    return found
