"""What workers and nodes share quickly: fan-out, single use, throttles, caches and counters.

One interface, two fillings: `in_process` for a single worker, `valkey` for several. Nothing here
survives everything: what must not be lost lives in the database. Each filling is made after the
worker is forked, because it may start a background thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class SharedState(Protocol):
    """State shared by every worker of every node. Lifetimes are seconds.

    No method raises because the shared server is away; each says what it answers then.
    """

    def publish(self, channel: str, message: bytes) -> None:
        """Deliver `message` to every subscriber of `channel`, in this worker and in all others.

        Subscribers in this worker have run when it returns; others run within a second. What
        cannot be sent is made up for: the other workers are told that they missed something.
        """

    def subscribe(
        self,
        channel: str,
        callback: Callable[[bytes], None],
        missed: Callable[[], None] | None = None,
    ) -> None:
        """Call `callback` with each message on `channel`, in a thread of the filling's choice.

        `missed` is called when messages may have been lost (the shared server was away), so that
        the subscriber can read again what it caches. Both must be short; their errors are logged.
        """

    def claim(self, key: str, lifetime: float) -> bool:
        """True for the first claim of `key` within `lifetime`, and False for every later one.

        Fails closed: False while the shared server is away.
        """

    def take(self, bucket: str, rate: float, burst: int, now: float) -> bool:
        """Take one token of a bucket that holds `burst` and gains `rate` a second.

        `now` is any clock of this process in seconds, the same one on each call. While the shared
        server is away each worker counts by itself, so a limit of N is at most N a worker.
        """

    def get(self, key: str) -> bytes | None:
        """The cached value; None when there is none, or the shared server is away."""

    def set(self, key: str, value: bytes, lifetime: float) -> None:
        """Cache `value`. Dropped while the shared server is away."""

    def increment(self, key: str, lifetime: float) -> int:
        """Count one more and return the count, which starts anew `lifetime` after its first.

        While the shared server is away each worker counts by itself.
        """

    def close(self) -> None:
        """Stop background work and connections. Nothing may be called afterwards."""
