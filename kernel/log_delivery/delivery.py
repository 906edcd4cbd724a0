"""Batches of log entries on their way to their sinks, in threads of their own.

Whoever offers an entry never waits. What does not fit into a bounded queue is dropped and counted;
a sink that is down is tried again ever more seldom, and its entries wait for it meanwhile. Entries
live in memory: a worker that is killed loses what it has not delivered.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

import structlog

from kernel.log_delivery.files import FileSink
from kernel.log_delivery.firehose import FirehoseSink
from kernel.log_delivery.s3 import S3Sink
from kernel.log_delivery.sink import Destination, Kind, Sink, SinkFailed
from kernel.outbound import Outbound
from kernel.settings import Settings
from kernel.telemetry import metrics

MOST_WAITING = 10_000
"""Entries that wait for one destination."""
MOST_DESTINATIONS = 256
MOST_BYTES = 32 * 1024 * 1024
"""Of all entries that wait in this process."""
LARGEST_ENTRY = 1024 * 1024
BATCH = 500
TICK = 0.25
LONGEST_PAUSE = 60.0

log = structlog.get_logger("poolgate.log_delivery")


class Outcome(Enum):
    """What came of trying to deliver a batch."""

    DONE = auto()
    MORE = auto()
    """Delivered, and another batch waits."""
    FAILED = auto()


@dataclass
class _Queue:
    """What waits for one destination, and from when on it may be tried."""

    due: float
    entries: deque[bytes] = field(default_factory=deque)
    failures: int = 0


class LogDelivery:
    """The queues of one process. Threads start with the first entry, so after a fork."""

    def __init__(
        self, sinks: Mapping[Kind, Sink], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sinks = sinks
        self._clock = clock
        self._lock = threading.Lock()
        self._queues: dict[Destination, _Queue] = {}
        self._bytes = 0
        self._stopped = threading.Event()
        self._threads: dict[Kind, threading.Thread] = {}
        self._turns = {kind: threading.Lock() for kind in sinks}

    @classmethod
    def from_settings(cls, settings: Settings, outbound: Outbound) -> LogDelivery:
        """Files are always there; streams and buckets where the operator says to which server."""
        sinks: dict[Kind, Sink] = {"log_group": FileSink(settings.instance / "logs")}
        if settings.firehose_url:
            sinks["stream"] = FirehoseSink(
                settings.firehose_url, settings.firehose_access_key, outbound
            )
        if settings.s3_url and settings.s3_access_key_id and settings.s3_secret_access_key:
            sinks["bucket"] = S3Sink(
                settings.s3_url, settings.s3_access_key_id, settings.s3_secret_access_key, outbound
            )
        return cls(sinks)

    def has_sink(self, kind: Kind) -> bool:
        return kind in self._sinks

    def offer(self, destination: Destination, entry: bytes) -> bool:
        """Take one JSON object for delivery; False where it is dropped."""
        with self._lock:
            is_taken = self._enqueue(destination, entry)
            if is_taken and destination.kind not in self._threads:
                self._start(destination.kind)
        if not is_taken:
            metrics.of(metrics.log_entries_dropped, destination.kind).inc()
        return is_taken

    def flush(self) -> None:
        """Try to deliver everything that waits, now; the first failure ends it for its kind."""
        for kind in self._sinks:
            for destination in self._waiting(kind, at=None):
                if not self._drain(destination):
                    break

    def stop(self) -> None:
        """Deliver once more, and let go of what cannot be delivered."""
        self._stopped.set()
        for thread in self._threads.values():
            thread.join()
        self.flush()
        with self._lock:
            for destination, queue in self._queues.items():
                lost = len(queue.entries)
                metrics.of(metrics.log_entries_dropped, destination.kind).inc(lost)
            self._queues.clear()

    def _enqueue(self, destination: Destination, entry: bytes) -> bool:
        sink, queue = self._sinks.get(destination.kind), self._queues.get(destination)
        is_full = self._bytes + len(entry) > MOST_BYTES or len(entry) > LARGEST_ENTRY
        if sink is None or is_full or self._stopped.is_set():
            return False
        if queue is None:
            if len(self._queues) >= MOST_DESTINATIONS:
                return False
            queue = self._queues[destination] = _Queue(self._clock() + sink.linger)
        if len(queue.entries) >= MOST_WAITING:
            return False
        queue.entries.append(entry)
        self._bytes += len(entry)
        if len(queue.entries) >= BATCH and not queue.failures:
            queue.due = self._clock()
        return True

    def _start(self, kind: Kind) -> None:
        """A thread for each kind: files do not wait for a slow server."""
        thread = threading.Thread(
            target=self._run, args=(kind,), name=f"log-delivery-{kind}", daemon=True
        )
        self._threads[kind] = thread
        thread.start()

    def _run(self, kind: Kind) -> None:
        while not self._stopped.wait(TICK):
            while self._deliver_due(kind):
                pass

    def _deliver_due(self, kind: Kind) -> bool:
        """Deliver a batch of each destination that is due; whether one of them has more."""
        has_more = False
        for destination in self._waiting(kind, at=self._clock()):
            if self._stopped.is_set():
                return False
            has_more |= self._deliver(destination) is Outcome.MORE
        return has_more

    def _waiting(self, kind: Kind, at: float | None) -> list[Destination]:
        """Destinations of a kind with entries; those alone that are due `at` a moment."""
        with self._lock:
            return [
                destination
                for destination, queue in self._queues.items()
                if destination.kind == kind and (at is None or queue.due <= at)
            ]

    def _drain(self, destination: Destination) -> bool:
        """Deliver all that waits for a destination; False where its sink failed."""
        while True:
            outcome = self._deliver(destination)
            if outcome is not Outcome.MORE:
                return outcome is Outcome.DONE

    def _deliver(self, destination: Destination) -> Outcome:
        """Hand one batch over. Each kind delivers one at a time, so that their order is kept."""
        with self._turns[destination.kind]:
            return self._deliver_in_turn(destination)

    def _deliver_in_turn(self, destination: Destination) -> Outcome:
        with self._lock:
            queue = self._queues.get(destination)
            batch = [] if queue is None else list(queue.entries)[:BATCH]
            if queue is None:
                return Outcome.DONE
            for _ in batch:
                queue.entries.popleft()
        try:
            self._sinks[destination.kind].deliver(destination, batch)
        except Exception as error:
            # Whatever went wrong, the entries are kept and the thread goes on.
            reason = str(error) if isinstance(error, SinkFailed) else type(error).__name__
            log.warning("log_delivery_failed", sink=destination.kind, reason=reason)
            self._put_back(queue, batch)
            return Outcome.FAILED
        return self._delivered(destination, queue, batch)

    def _put_back(self, queue: _Queue, batch: list[bytes]) -> None:
        with self._lock:
            queue.entries.extendleft(reversed(batch))
            queue.failures += 1
            queue.due = self._clock() + min(LONGEST_PAUSE, 2.0**queue.failures)

    def _delivered(self, destination: Destination, queue: _Queue, batch: list[bytes]) -> Outcome:
        with self._lock:
            self._bytes -= sum(map(len, batch))
            queue.failures = 0
            if queue.entries:
                return Outcome.MORE
            # An idle destination makes room for another.
            if self._queues.get(destination) is queue:
                del self._queues[destination]
            return Outcome.DONE
