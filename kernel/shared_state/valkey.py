"""Shared state in a Valkey or Redis server, for several workers and several nodes.

While the server is away: buckets and counters count in each worker alone, claims are refused,
the cache is empty, and messages reach this worker only. It recovers by itself within about a
second of the server's return, and then tells subscribers that they missed messages.
"""

from __future__ import annotations

from collections.abc import Callable

from kernel.shared_state import buckets
from kernel.shared_state.connection import Connection
from kernel.shared_state.fan_out import FanOut
from kernel.shared_state.in_process import InProcess
from kernel.shared_state.leases import Leases

# Values are dropped rather than let one fill the server: AWS caches 1 MiB at most
# (API Gateway developer guide, "Cache settings": "maximum size of a response ... is 1048576").
MOST_VALUE_BYTES = 2 * 1024 * 1024


class Valkey:
    """`SharedState` on the server at `url` (redis, rediss, valkey or unix)."""

    def __init__(self, url: str) -> None:
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
            lambda: self._client.get(f"poolgate:cache:{key}"), lambda: None
        )
        return value

    def set(self, key: str, value: bytes, lifetime: float) -> None:
        if len(value) > MOST_VALUE_BYTES:
            return
        self._connection.ask(
            lambda: self._client.set(f"poolgate:cache:{key}", value, px=_milliseconds(lifetime)),
            lambda: None,
        )

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
