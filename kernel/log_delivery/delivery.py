"""Batches of log entries on their way to their sinks, beside the requests that they tell of.

Whoever offers an entry never waits. What does not fit into bounded queues is dropped and counted;
a destination that is down is tried again ever more seldom, and its entries wait for it meanwhile.
Each destination has a sender of its own while it has entries, so that none waits for another one's
server. Entries live in memory: a worker that is killed loses what it has not delivered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import structlog

from kernel.log_delivery.files import FileSink
from kernel.log_delivery.firehose import FirehoseSink
from kernel.log_delivery.queues import Queue, Queues
from kernel.log_delivery.s3 import S3Sink
from kernel.log_delivery.sink import Destination, Kind, Sink, SinkFailed
from kernel.outbound import Outbound
from kernel.settings import Settings
from kernel.telemetry import metrics

TICK = 0.25

log = structlog.get_logger("poolgate.log_delivery")


class LogDelivery:
    """The queues of one process. Threads start with the first entry, so after a fork."""

    def __init__(
        self, sinks: Mapping[Kind, Sink], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sinks = sinks
        self._clock = clock
        self._lock = threading.Lock()
        self._queues = Queues(_count_dropped)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

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
        sink = self._sinks.get(destination.kind)
        with self._lock:
            is_taken = (
                sink is not None
                and not self._stopped.is_set()
                and self._queues.put(destination, entry, self._clock(), sink.linger)
            )
            if is_taken and self._thread is None:
                self._start()
        if not is_taken:
            _count_dropped(destination, 1)
        return is_taken

    def flush(self) -> None:
        """Try to deliver everything that waits, now, and wait for that."""
        for sender in self._send(lambda _queue: True):
            sender.join()

    def stop(self) -> None:
        """Deliver once more, and let go of what cannot be delivered."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        with self._lock:
            self._queues.clear()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="log-delivery", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            now = self._clock()
            self._send(lambda queue: queue.due <= now and not queue.senders)  # noqa: B023 - at once

    def _send(self, is_due: Callable[[Queue], bool]) -> list[threading.Thread]:
        """Start a sender for each queue that is due. Where there is one it waits for its end."""
        with self._lock:
            queues = [queue for queue in self._queues if is_due(queue)]
            for queue in queues:
                queue.senders += 1
        return [self._start_sender(queue) for queue in queues]

    def _start_sender(self, queue: Queue) -> threading.Thread:
        name = f"log-delivery-{queue.destination.kind}"
        sender = threading.Thread(target=self._drain, args=(queue,), name=name, daemon=True)
        sender.start()
        return sender

    def _drain(self, queue: Queue) -> None:
        """Deliver what waits for a destination, until nothing does or its sink fails."""
        with queue.turn:
            while self._deliver(queue):
                pass
            with self._lock:
                queue.senders -= 1

    def _deliver(self, queue: Queue) -> bool:
        """Hand one batch over; whether to go on."""
        with self._lock:
            batch = self._queues.take(queue)
        if not batch:
            return False
        destination = queue.destination
        try:
            self._sinks[destination.kind].deliver(destination, batch)
        except Exception as error:
            # Whatever went wrong, the entries are kept.
            reason = str(error) if isinstance(error, SinkFailed) else type(error).__name__
            log.warning("log_delivery_failed", sink=destination.kind, reason=reason)
            with self._lock:
                self._queues.failed(queue, batch, self._clock())
            return False
        with self._lock:
            return self._queues.delivered(queue, batch)


def _count_dropped(destination: Destination, count: int) -> None:
    metrics.of(metrics.log_entries_dropped, destination.kind).inc(count)
