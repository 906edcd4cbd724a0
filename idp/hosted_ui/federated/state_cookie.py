"""What must be known when a person comes back from another place.

The answer comes with the `state` that the person left with. Whatever else must be known waits,
sealed, in a cookie of the browser that left: an answer that another browser brings, or that nobody
asked for, is of no use (RFC 9700 §4.7, login CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response

from idp.oauth import cookies
from idp.oauth.provider import Provider
from kernel.clock import Randomness
from kernel.sealing import Unsealable
from kernel.tokens import encoding

LIFETIME = timedelta(minutes=15)
STATE_BYTES = 32


def new_state(randomness: Randomness) -> str:
    return encoding.encode(randomness.bytes(STATE_BYTES))


@dataclass(frozen=True)
class StateCookie:
    """Of one kind of journey, by its name; each pool has its own."""

    name: str

    @property
    def _purpose(self) -> str:
        return f"state-cookie:{self.name}"

    def remember(
        self,
        provider: Provider,
        response: Response,
        pool_id: str,
        state: str,
        known: Mapping[str, Any],
    ) -> None:
        value, seconds = [_digest(state), dict(known)], LIFETIME.total_seconds()
        token = provider.kernel.sealer.seal_token(value, self._purpose, seconds)
        provider.cookie(self.name, pool_id).set(response, token, LIFETIME)

    def recall(self, provider: Provider, state: str) -> Mapping[str, Any] | None:
        """What this browser left with; None where it did not leave with that state.

        An answer may come to the root of all pools, so that only the cookie says whose it is.
        """
        for pool_id in cookies.pools_named(self.name):
            token = provider.cookie(self.name, pool_id).value or ""
            try:
                digest, known = provider.kernel.sealer.open_token(token, self._purpose)
            except Unsealable:
                continue
            if hmac.compare_digest(digest, _digest(state)):
                found: Mapping[str, Any] = known
                return found
        return None

    def spend(self, provider: Provider, state: str) -> bool:
        """Whether this is the first answer: a state is good for one, whatever that says."""
        name = f"{self._purpose}:{_digest(state)}"
        return provider.kernel.shared_state.claim(name, LIFETIME.total_seconds())

    def forget(self, provider: Provider, pool_id: str, response: Response) -> None:
        provider.cookie(self.name, pool_id).clear(response)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
