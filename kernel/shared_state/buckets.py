"""The arithmetic of token buckets and of leases on them: values in, values out.

A bucket holds `burst` tokens at most and gains `rate` a second; a request takes one (API Gateway
developer guide, "Throttle requests": "a token bucket algorithm, where a token counts for a
request"). A bucket that was never seen is full.
"""

from __future__ import annotations

from typing import NamedTuple

# Sums of tenths of a token may miss a whole one by a rounding error.
ROUNDING = 1e-6

LEASE_SECONDS = 0.1
"""How long a worker may spend leased tokens. The overshoot bound follows from it; see `Leases`."""


class Bucket(NamedTuple):
    """`tokens` there were at the moment `at`, in seconds."""

    tokens: float
    at: float


def tokens_at(bucket: Bucket | None, rate: float, burst: int, now: float) -> float:
    """What a bucket holds at `now`. A clock that went back adds nothing and takes nothing."""
    most = float(burst)
    if bucket is None:
        return most
    tokens, at = bucket
    if now > at:
        tokens += (now - at) * rate
    return tokens if tokens < most else most


def take(bucket: Bucket | None, rate: float, burst: int, now: float) -> tuple[bool, Bucket]:
    """Whether one token could be taken, and the bucket afterwards."""
    tokens = tokens_at(bucket, rate, burst, now)
    if tokens < 1 - ROUNDING:
        return False, Bucket(tokens, now)
    return True, Bucket(tokens - 1, now)


def lets_nothing_through(rate: float, burst: int) -> bool:
    """A limit of zero closes a route; AWS answers every such request with 429."""
    return rate <= 0 or burst < 1


def lease_size(rate: float, burst: int, previous: int) -> int:
    """How many tokens to ask for, after a lease of `previous` that was spent before it lapsed.

    The first lease is one token, and each one that is spent in time doubles the next, up to a
    tenth of a second's worth and a sixteenth of the burst. So a worker never holds back more than
    it has just proved to need, and small bursts are leased token by token.
    """
    most = min(burst // 16, int(rate * LEASE_SECONDS))
    return max(1, min(2 * previous, most))
