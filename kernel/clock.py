"""Time and randomness: the only two things that tests control."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """The wall clock, in seconds since the epoch."""

    time: Callable[[], float] = time.time

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)


@dataclass(frozen=True)
class Randomness:
    """Cryptographic randomness."""

    bytes: Callable[[int], bytes] = secrets.token_bytes

    def code(self, digits: int = 6) -> str:
        """A decimal code, uniformly distributed."""
        return f"{int.from_bytes(self.bytes(16), 'big') % 10**digits:0{digits}d}"

    def text(self, length: int, alphabet: str) -> str:
        """`length` characters of `alphabet`, uniformly distributed."""
        return "".join(
            alphabet[int.from_bytes(self.bytes(8), "big") % len(alphabet)] for _ in range(length)
        )
