"""What waits for each destination, within bounds that they share fairly.

Nothing here waits or sends. Not safe for threads: whoever has the queues holds a lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kernel.log_delivery.sink import Destination

MOST_WAITING = 10_000
"""Entries that wait for one destination."""
MOST_DESTINATIONS = 256
MOST_BYTES = 32 * 1024 * 1024
"""Of all entries in this process that wait or are on their way."""
LARGEST_ENTRY = 1024 * 1024
BATCH = 500
BATCH_BYTES = 1024 * 1024
"""A batch has at most so many, or a single entry."""
LONGEST_PAUSE = 60.0

Dropped = Callable[[Destination, int], None]
"""Told of entries that are lost, by their destination and number."""


@dataclass(eq=False)
class Queue:
    """What waits for one destination, and from when on it may be tried."""

    destination: Destination
    due: float
    entries: deque[bytes] = field(default_factory=deque)
    waiting: int = 0
    """Bytes of `entries`."""
    failures: int = 0
    senders: int = 0
    """Of them one has its turn."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever sends, so that the order of entries is kept."""

    @property
    def is_full_batch(self) -> bool:
        return len(self.entries) >= BATCH or self.waiting >= BATCH_BYTES


class Queues:
    """The queues of one process. Whoever needs more than his share gives way to those who do not:
    a destination that is down loses its own entries, and nobody else's."""

    def __init__(self, dropped: Dropped) -> None:
        self._dropped = dropped
        self._queues: dict[Destination, Queue] = {}
        self._bytes = 0

    def __iter__(self) -> Iterator[Queue]:
        return iter(tuple(self._queues.values()))

    def put(self, destination: Destination, entry: bytes, now: float, linger: float) -> bool:
        """Whether there is room for one entry more. The first of a queue waits `linger` seconds
        for others."""
        if len(entry) > LARGEST_ENTRY:
            return False
        queue = self._queues.get(destination) or Queue(destination, now + linger)
        if destination not in self._queues and not self._makes_place():
            return False
        if len(queue.entries) >= MOST_WAITING or not self._makes_room(queue, len(entry)):
            return False
        self._queues[destination] = queue
        queue.entries.append(entry)
        queue.waiting += len(entry)
        self._bytes += len(entry)
        if queue.is_full_batch and not queue.failures:
            queue.due = now
        return True

    def take(self, queue: Queue) -> list[bytes]:
        """The next batch, which is on its way then."""
        batch: list[bytes] = []
        size = 0
        while queue.entries and len(batch) < BATCH:
            size += len(queue.entries[0])
            if batch and size > BATCH_BYTES:
                break
            batch.append(queue.entries.popleft())
        queue.waiting -= sum(map(len, batch))
        return batch

    def failed(self, queue: Queue, batch: list[bytes], now: float) -> None:
        """Put a batch back; the queue is tried ever more seldom."""
        queue.entries.extendleft(reversed(batch))
        queue.waiting += sum(map(len, batch))
        queue.failures += 1
        queue.due = now + min(LONGEST_PAUSE, 2.0**queue.failures)

    def delivered(self, queue: Queue, batch: list[bytes]) -> bool:
        """Forget a batch; whether more waits. An idle destination makes room for another."""
        self._bytes -= sum(map(len, batch))
        queue.failures = 0
        if not queue.entries:
            del self._queues[queue.destination]
        return bool(queue.entries)

    def clear(self) -> None:
        """Drop everything."""
        for queue in self:
            self._remove(queue)

    def _makes_room(self, queue: Queue, size: int) -> bool:
        """Whether an entry fits, the newest ones of larger queues making way for it."""
        while (lacking := self._bytes + size - MOST_BYTES) > 0:
            largest = max(self._queues.values(), key=lambda each: each.waiting, default=queue)
            surplus = largest.waiting - queue.waiting - size
            if surplus <= 0:
                return False
            self._shorten(largest, min(lacking, surplus))
        return True

    def _makes_place(self) -> bool:
        """Whether there is a place for a destination more: that of the one which failed most."""
        if len(self._queues) < MOST_DESTINATIONS:
            return True
        failing = (each for each in self._queues.values() if each.failures and not each.senders)
        worst = max(failing, key=lambda each: each.failures, default=None)
        if worst is not None:
            self._remove(worst)
        return worst is not None

    def _shorten(self, queue: Queue, size: int) -> None:
        """Drop at least so many bytes of a queue's newest entries."""
        lost = 0
        while size > 0:
            length = len(queue.entries.pop())
            size -= length
            queue.waiting -= length
            self._bytes -= length
            lost += 1
        self._dropped(queue.destination, lost)

    def _remove(self, queue: Queue) -> None:
        self._bytes -= queue.waiting
        self._dropped(queue.destination, len(queue.entries))
        del self._queues[queue.destination]
