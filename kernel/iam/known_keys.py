"""Access keys as requests need them: opened, compiled, and kept in memory for a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson
import structlog

from kernel.aws.access import KeyMaterial
from kernel.clock import Clock
from kernel.database import Database
from kernel.iam import repository
from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.models import ACTIVE, AccessKey, secret_purpose, session_token_purpose
from kernel.iam.policy import Policy, compile_policy
from kernel.sealing import Sealer

KEY_ID = re.compile(r"\w{16,128}")

MAX_AGE = 1.0
"""Seconds for which a key is taken from memory; so long a change may need to be seen."""

MAX_KNOWN = 4_096
"""Keys in memory."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class KnownKey:
    """A key in memory, and the monotonic moment until which it is taken from there."""

    material: KeyMaterial
    policies: tuple[Policy, ...]
    expires: datetime | None
    until: float


class KnownKeys:
    """Looks keys up. A change is seen within `MAX_AGE` seconds; one that is forgotten, at once."""

    def __init__(
        self, database: Database, sealer: Sealer, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._monotonic = monotonic
        self._known: dict[str, KnownKey] = {}

    def look_up(self, access_key_id: str) -> KnownKey | None:
        """The key of that id, or none where there is none or it has expired."""
        known = self._known.get(access_key_id)
        if known is None or known.until <= self._monotonic():
            known = self._load(access_key_id)
        if known is None or (known.expires is not None and known.expires <= self._clock.now()):
            return None
        return known

    def forget(self, access_key_id: str) -> None:
        """Read the key again when it is needed next."""
        self._known.pop(access_key_id, None)

    def _load(self, access_key_id: str) -> KnownKey | None:
        # The moment before the reading counts, so that no change stays unseen for longer.
        until = self._monotonic() + MAX_AGE
        is_id = KEY_ID.fullmatch(access_key_id) is not None
        row = self._database.look_up(repository.get, access_key_id) if is_id else None
        if row is None:
            # Not remembered: ids that an attacker makes up would push real ones out.
            self.forget(access_key_id)
            return None
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        known = KnownKey(self._material(row), _policies(row), row.expires, until)
        self._known[access_key_id] = known
        return known

    def _material(self, row: AccessKey) -> KeyMaterial:
        return KeyMaterial(
            secret=self._open(row.sealed_secret, secret_purpose(row.id)),
            account=row.account,
            arn=row.arn,
            is_active=row.status == ACTIVE,
            session_token=None
            if row.sealed_session_token is None
            else self._open(row.sealed_session_token, session_token_purpose(row.id)),
        )

    def _open(self, sealed: bytes, purpose: str) -> str:
        return self._sealer.open(sealed, purpose).decode()


def _policies(row: AccessKey) -> tuple[Policy, ...]:
    try:
        return tuple(_compiled(orjson.dumps(document)) for document in row.policies)
    except MalformedPolicyDocument as error:
        # One that cannot be read might deny something, so none of them allows anything.
        log.error("access_key_policy_malformed", access_key_id=row.id, reason=str(error))
        return ()


@lru_cache(maxsize=1_024)
def _compiled(document: bytes) -> Policy:
    return compile_policy(orjson.loads(document))
