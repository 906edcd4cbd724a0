"""Shared state for a single worker: dictionaries behind a lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kernel.shared_state import buckets
from kernel.shared_state.buckets import Bucket
from kernel.shared_state.expiring import Expiring
from kernel.shared_state.subscribers import Subscriber, Subscribers

MOST_ENTRIES = 200_000
CACHE_BYTES = 64 * 1024 * 1024
REPLIES = "gateway/cache/"
"""What keys of replies of APIs begin with. Any client can have as many kept as there is room for:
they have room of their own, so that they evict nothing that a sign-in depends on."""
ENTRY_OVERHEAD_BYTES = 200
KEPT_SECONDS = 1.0


@dataclass(slots=True)
class _Held:
    """A bucket, and until when it may be taken from without being written anew."""

    bucket: Bucket | None
    kept_until: float = 0.0


class InProcess:
    """`SharedState` within one process. `monotonic` is in seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._subscribers = Subscribers()
        self._claims: Expiring[bool] = Expiring(MOST_ENTRIES)
        self._counters: Expiring[int] = Expiring(MOST_ENTRIES)
        self._buckets: Expiring[_Held] = Expiring(MOST_ENTRIES)
        self._cache: Expiring[bytes] = Expiring(CACHE_BYTES)
        self._replies: Expiring[bytes] = Expiring(CACHE_BYTES)

    def publish(self, channel: str, message: bytes) -> None:
        self._subscribers.deliver(channel, message)

    def subscribe(
        self,
        channel: str,
        callback: Callable[[bytes], None],
        missed: Callable[[], None] | None = None,
    ) -> None:
        self._subscribers.add(channel, Subscriber(callback, missed))

    def claim(self, key: str, lifetime: float) -> bool:
        now = self._monotonic()
        with self._lock:
            # A claim that was evicted could be claimed twice; when there is no room, refuse.
            if self._claims.get(key, now) or not self._claims.has_room(now):
                return False
            self._claims.put(key, True, now + lifetime, now)
            return True

    def take(self, bucket: str, rate: float, burst: int, now: float) -> bool:
        if buckets.lets_nothing_through(rate, burst):
            return False
        with self._lock:
            known = self._buckets.get(bucket, now)
            held = known or _Held(None)
            taken, held.bucket = buckets.take(held.bucket, rate, burst, now)
            if known is None or now >= held.kept_until:
                self._keep(bucket, held, burst / rate, now)
            return taken

    def _keep(self, bucket: str, held: _Held, seconds_to_fill: float, now: float) -> None:
        # Once it is full again a bucket need not be remembered. That is put off for a while
        # beforehand, because to write the entry anew costs more than to take from the bucket.
        held.kept_until = now + KEPT_SECONDS
        self._buckets.put(bucket, held, held.kept_until + seconds_to_fill, now)

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._holding(key).get(key, self._monotonic())

    def set(self, key: str, value: bytes, lifetime: float) -> None:
        now = self._monotonic()
        weight = len(key) + len(value) + ENTRY_OVERHEAD_BYTES
        with self._lock:
            self._holding(key).put(key, value, now + lifetime, now, weight)

    def _holding(self, key: str) -> Expiring[bytes]:
        return self._replies if key.startswith(REPLIES) else self._cache

    def increment(self, key: str, lifetime: float) -> int:
        now = self._monotonic()
        with self._lock:
            count = self._counters.get(key, now)
            expires = now + lifetime if count is None else self._counters.expires(key)
            self._counters.put(key, (count or 0) + 1, expires, now)
            return (count or 0) + 1

    def close(self) -> None:
        """Nothing runs in the background."""
