"""Shared state in a Valkey or Redis server, for several workers and several nodes.

While the server is away: buckets and counters count in each worker alone, claims are refused,
the cache is empty, and messages reach this worker only. It recovers by itself within about a
second of the server's return, and then tells subscribers that they missed messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kernel.shared_state import buckets
from kernel.shared_state.connection import Connection
from kernel.shared_state.expiring import Expiring
from kernel.shared_state.fan_out import FanOut
from kernel.shared_state.in_process import ENTRY_OVERHEAD_BYTES, REPLIES, InProcess
from kernel.shared_state.leases import Leases

# Values are dropped rather than let one fill the server: AWS caches 1 MiB at most
# (API Gateway developer guide, "Cache settings": "maximum size of a response ... is 1048576").
MOST_VALUE_BYTES = 2 * 1024 * 1024
REPLY_BYTES = 96 * 1024 * 1024
"""Of replies of APIs that the workers of one node keep, each its share. Any client can have as many
kept as there is room for, and a server without room lets go of what expires soonest: of single-use
claims before all else."""


class Valkey:
    """`SharedState` on the server at `url` (redis, rediss, valkey or unix), for one of some
    `workers`."""

    def __init__(self, url: str, workers: int = 1) -> None:
        self._lock = threading.Lock()
        self._evicted: list[str] = []
        self._replies: Expiring[bool] = Expiring(
            REPLY_BYTES // max(1, workers), self._evicted.append
        )
        self._connection = Connection(url)
        self._client = self._connection.client
        self._leases = Leases(self._connection)
        self._fan_out = FanOut(self._connection)
        self._alone = InProcess()

    def publish(self, channel: str, message: bytes) -> None:
        self._fan_out.publish(channel, message)

    def subscribe(
        self,
        channel: str,
        callback: Callable[[bytes], None],
        missed: Callable[[], None] | None = None,
    ) -> None:
        self._fan_out.subscribe(channel, callback, missed)

    def claim(self, key: str, lifetime: float) -> bool:
        name = f"poolgate:claim:{key}"
        return self._connection.ask(
            lambda: bool(self._client.set(name, b"", nx=True, px=_milliseconds(lifetime))),
            lambda: False,
        )

    def take(self, bucket: str, rate: float, burst: int, now: float) -> bool:
        if buckets.lets_nothing_through(rate, burst):
            return False
        answer = self._leases.spend(bucket, now)
        if answer is not None:
            return answer
        return self._connection.ask(
            lambda: self._leases.ask(bucket, rate, burst, now),
            lambda: self._alone.take(bucket, rate, burst, now),
        )

    def get(self, key: str) -> bytes | None:
        value: bytes | None = self._connection.ask(
            lambda: self._client.get(_cached(key)), lambda: None
        )
        return value

    def set(self, key: str, value: bytes, lifetime: float) -> None:
        if len(value) > MOST_VALUE_BYTES or not self._has_room(key, len(value), lifetime):
            return
        self._connection.ask(
            lambda: self._client.set(_cached(key), value, px=_milliseconds(lifetime)),
            lambda: None,
        )

    def _has_room(self, key: str, length: int, lifetime: float) -> bool:
        """Whether a value may be kept; the oldest replies of this worker give way to a reply."""
        if not key.startswith(REPLIES):
            return True
        now = time.monotonic()
        weight = len(key) + length + ENTRY_OVERHEAD_BYTES
        with self._lock:
            self._replies.put(key, True, now + lifetime, now, weight)
            is_kept = self._replies.get(key, now) is not None
            gone = [_cached(each) for each in self._evicted]
            self._evicted.clear()
        if gone:
            self._connection.ask(lambda: self._client.delete(*gone), lambda: None)
        return is_kept

    def increment(self, key: str, lifetime: float) -> int:
        return self._connection.ask(
            lambda: self._increment(f"poolgate:count:{key}", lifetime),
            lambda: self._alone.increment(key, lifetime),
        )

    def close(self) -> None:
        self._fan_out.close()
        self._connection.close()

    def _increment(self, name: str, lifetime: float) -> int:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.set(name, 0, nx=True, px=_milliseconds(lifetime))
            pipeline.incr(name)
            return int(pipeline.execute()[-1])


def _milliseconds(lifetime: float) -> int:
    return max(1, int(lifetime * 1000))


def _cached(key: str) -> str:
    return f"poolgate:cache:{key}"
