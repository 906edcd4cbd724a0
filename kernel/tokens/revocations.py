"""Tokens that ended before they expired.

The database keeps revocations; each worker holds the current ones in memory, fed at start and by
fan-out, so that looking costs two dictionary look-ups a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import orjson

SWEEP_AFTER = 1024


@dataclass(frozen=True)
class Revocation:
    """The end of one session (`origin_jti`), or of all of a subject's tokens issued before then.

    `expires` is when the last token concerned has expired by itself and the entry can go. Times
    are seconds since the epoch.
    """

    issuer: str
    expires: float
    origin_jti: str | None = None
    subject: str | None = None
    not_before: float = 0
    """Tokens of `subject` with a smaller `iat` are revoked. `iat` counts whole seconds: pass the
    next whole second to be sure of the tokens issued in the present one."""

    def to_bytes(self) -> bytes:
        """The form in which it travels between workers."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_bytes(cls, message: bytes) -> Revocation:
        return cls(**orjson.loads(message))


class Revocations(Protocol):
    """Where a verifier asks whether a token was revoked."""

    def is_revoked(self, claims: Mapping[str, Any]) -> bool:
        """Whether a verified token's claims fall under a revocation."""


class RevocationSet:
    """The current revocations. `time` is the wall clock, in seconds."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._sessions: dict[tuple[str, str], Revocation] = {}
        self._subjects: dict[tuple[str, str], Revocation] = {}
        self._added = 0

    def add(self, revocation: Revocation) -> None:
        """Take effect at once. A subject's later not-before wins over an earlier one."""
        issuer = revocation.issuer
        if revocation.origin_jti is not None:
            self._sessions[issuer, revocation.origin_jti] = revocation
        if revocation.subject is not None:
            known = self._subjects.get((issuer, revocation.subject))
            if known is None or known.not_before < revocation.not_before:
                self._subjects[issuer, revocation.subject] = revocation
        self._added += 1
        if self._added >= SWEEP_AFTER:
            self._sweep()

    def is_revoked(self, claims: Mapping[str, Any]) -> bool:
        """Whether a token falls under a revocation: two look-ups."""
        if not self._sessions and not self._subjects:
            return False
        issuer, session, subject = claims["iss"], claims.get("origin_jti"), claims.get("sub")
        if type(session) is str and (issuer, session) in self._sessions:
            return True
        found = self._subjects.get((issuer, subject)) if type(subject) is str else None
        return found is not None and claims.get("iat", 0) < found.not_before

    def _sweep(self) -> None:
        self._added = 0
        now = self._time()
        self._sessions = {k: r for k, r in self._sessions.items() if r.expires > now}
        self._subjects = {k: r for k, r in self._subjects.items() if r.expires > now}
