"""Time and randomness: the only two things that tests control."""

from __future__ import annotations

import os
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

    bytes: Callable[[int], bytes] = os.urandom

    def uuid(self) -> str:
        """A random UUID in its usual form."""
        return uuid_text(int.from_bytes(self.bytes(16)))

    def code(self, digits: int = 6) -> str:
        """A decimal code, uniformly distributed."""
        return f"{int.from_bytes(self.bytes(16), 'big') % 10**digits:0{digits}d}"

    def text(self, length: int, alphabet: str) -> str:
        """`length` characters of `alphabet`, uniformly distributed."""
        return "".join(
            alphabet[int.from_bytes(self.bytes(8), "big") % len(alphabet)] for _ in range(length)
        )


def uuid_text(bits: int) -> str:
    """128 random bits as a UUID of version 4 (RFC 9562 §5.4), in half of uuid.UUID's time."""
    digits = f"{bits & ~_FIXED_BITS | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_FIXED_BITS = 0xF << 76 | 0b11 << 62
_VERSION_4 = 4 << 76 | 0b10 << 62
