"""The queues: nobody waits, order is kept, and what is too much is dropped and counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from kernel.log_delivery import delivery, queues
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.sink import Destination, Kind, SinkFailed
from kernel.telemetry import metrics


def destination(name: str = "g", kind: Kind = "log_group") -> Destination:
    return Destination(kind, f"arn:{name}", "000000000000", "us-east-1", name)


@dataclass
class Sink:
    """Keeps batches, or fails, or waits until a test lets it go on."""

    linger: float = 0.0
    error: Exception | None = None
    batches: list[list[bytes]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    tries: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    def deliver(self, _: Destination, entries: Sequence[bytes]) -> None:
        self.tries += 1
        self.gate.wait(10)
        if self.error:
            raise self.error
        self.batches.append(list(entries))

    @property
    def entries(self) -> list[bytes]:
        return [entry for batch in self.batches for entry in batch]


def until(condition: Callable[[], object], after_each: Callable[[], object] = int) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
        after_each()


def pass_seconds(clock: list[float], seconds: float) -> None:
    """More than once where needed: a sink counts its pause from when its thread looks again."""
    clock[0] += seconds


def test_a_burst_is_delivered_without_a_pause_between_its_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "TICK", 5.0)
    sink = Sink()
    logs = LogDelivery({"log_group": sink})
    for number in range(4 * queues.BATCH):
        logs.offer(destination(), b"%d" % number)
    until(lambda: sink.batches)
    started = time.monotonic()
    until(lambda: len(sink.entries) == 4 * queues.BATCH)

    assert time.monotonic() - started < 4
    assert sink.entries == [b"%d" % number for number in range(4 * queues.BATCH)]
    logs.stop()


def dropped(kind: Kind = "log_group") -> float:
    return float(metrics.of(metrics.log_entries_dropped, kind)._value.get())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TICK", 0.005)


def test_entries_arrive_in_order_in_the_background() -> None:
    sink = Sink()
    logs = LogDelivery({"log_group": sink})
    offered = [str(number).encode() for number in range(1000)]
    assert all(logs.offer(destination(), entry) for entry in offered)
    until(lambda: len(sink.entries) == 1000)
    logs.stop()
    assert sink.entries == offered


def test_batch_waits_for_others_unless_it_is_full() -> None:
    sink = Sink(linger=3600)
    logs = LogDelivery({"bucket": sink})
    logs.offer(destination("b", "bucket"), b"1")
    time.sleep(0.05)
    assert sink.batches == []
    for _ in range(queues.BATCH - 1):
        logs.offer(destination("b", "bucket"), b"x")
    until(lambda: sink.batches)
    assert len(sink.batches[0]) == queues.BATCH
    logs.stop()


def test_sink_that_is_down_gets_its_entries_later() -> None:
    sink = Sink(error=SinkFailed("away"))
    clock = [0.0]
    logs = LogDelivery({"log_group": sink}, lambda: clock[0])
    logs.offer(destination(), b"1")
    until(lambda: sink.tries == 1)
    logs.offer(destination(), b"2")
    time.sleep(0.05)
    assert sink.tries == 1
    sink.error = None
    until(lambda: sink.batches, after_each=lambda: pass_seconds(clock, 2))
    logs.stop()
    assert sink.entries == [b"1", b"2"]


def test_error_that_nobody_foresaw_does_not_end_the_thread() -> None:
    sink = Sink(error=ValueError("x"))
    clock = [0.0]
    logs = LogDelivery({"log_group": sink}, lambda: clock[0])
    logs.offer(destination(), b"1")
    until(lambda: sink.tries == 1)
    sink.error = None
    until(lambda: sink.batches, after_each=lambda: pass_seconds(clock, 2))
    logs.stop()


def test_full_queue_drops_and_counts_and_never_waits() -> None:
    sink = Sink()
    sink.gate.clear()
    logs = LogDelivery({"log_group": sink})
    before, start = dropped(), time.monotonic()
    taken = [logs.offer(destination(), b"x") for _ in range(3 * queues.MOST_WAITING)]
    assert time.monotonic() - start < 5
    assert not all(taken)
    assert dropped() - before == taken.count(False)
    sink.gate.set()
    logs.stop()
    assert len(sink.entries) == taken.count(True)


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_DESTINATIONS", 1), ("MOST_BYTES", 15), ("LARGEST_ENTRY", 9)]
)
def test_bounds_hold(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(queues, limit, value)
    sink = Sink(linger=3600)
    logs = LogDelivery({"log_group": sink})
    taken = [logs.offer(destination(name), b"x" * 10) for name in ("one", "two")]
    assert taken == ([False, False] if limit == "LARGEST_ENTRY" else [True, False])
    logs.stop()
    assert len(sink.entries) == taken.count(True)


def test_delivered_bytes_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MOST_BYTES", 10)
    sink = Sink()
    logs = LogDelivery({"log_group": sink})
    for number in range(5):
        until(lambda: logs.offer(destination(str(number)), b"x" * 10))  # noqa: B023 - called at once
    logs.stop()
    assert len(sink.entries) == 5


def test_kind_without_a_sink_drops() -> None:
    logs = LogDelivery({})
    before = dropped("stream")
    assert not logs.offer(destination("s", "stream"), b"x")
    assert dropped("stream") - before == 1
    logs.stop()


def test_slow_server_does_not_hold_up_files() -> None:
    slow, files = Sink(), Sink()
    slow.gate.clear()
    logs = LogDelivery({"stream": slow, "log_group": files})
    logs.offer(destination("s", "stream"), b"1")
    until(lambda: slow.tries)
    logs.offer(destination(), b"2")
    until(lambda: files.batches)
    slow.gate.set()
    logs.stop()


def test_stop_delivers_what_waits_and_counts_what_is_lost() -> None:
    good, bad = Sink(linger=3600), Sink(linger=3600, error=SinkFailed("away"))
    logs = LogDelivery({"bucket": good, "stream": bad})
    before = dropped("stream")
    logs.offer(destination("b", "bucket"), b"1")
    for name in ("one", "two"):
        logs.offer(destination(name, "stream"), b"1")
    logs.stop()
    assert good.entries == [b"1"]
    assert bad.tries == 2
    assert dropped("stream") - before == 2
    assert not logs.offer(destination("b", "bucket"), b"2")


@dataclass
class Sorting(Sink):
    """Fails for destinations that are down, and keeps waiting those that are slow."""

    down: frozenset[str] = frozenset()
    slow: frozenset[str] = frozenset()
    received: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def deliver(self, to: Destination, entries: Sequence[bytes]) -> None:
        if to.name in self.slow:
            self.gate.wait(10)
        if to.name in self.down:
            raise SinkFailed("away")
        with self.lock:
            self.received[to.name] = self.received.get(to.name, 0) + len(entries)


def test_a_slow_destination_holds_up_no_other_of_its_kind() -> None:
    sink = Sorting(slow=frozenset({"slow-1", "slow-2", "slow-3"}))
    sink.gate.clear()
    logs = LogDelivery({"stream": sink})
    for name in ("slow-1", "slow-2", "slow-3", "quick"):
        for _ in range(3 * queues.BATCH):
            assert logs.offer(destination(name, "stream"), b"x")
    until(lambda: sink.received.get("quick") == 3 * queues.BATCH)
    assert set(sink.received) == {"quick"}
    sink.gate.set()
    logs.stop()
    assert set(sink.received.values()) == {3 * queues.BATCH}


def test_a_destination_that_is_down_loses_its_own_entries_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues, "MOST_BYTES", 100_000)
    sink = Sorting(down=frozenset({"down"}))
    logs = LogDelivery({"log_group": sink}, lambda: 0.0)
    before = dropped()
    taken = [logs.offer(destination("down"), b"x" * 1000) for _ in range(200)]
    assert taken.count(True) == 100
    for name in ("a", "b", "c"):
        assert all(logs.offer(destination(name), b"y" * 1000) for _ in range(20))
    until(lambda: sink.received == {"a": 20, "b": 20, "c": 20})
    logs.stop()
    assert sink.received == {"a": 20, "b": 20, "c": 20}
    assert dropped() - before == 200


def test_destinations_that_are_down_share_what_room_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until they are as large as the one that asks, larger queues make way."""
    monkeypatch.setattr(queues, "MOST_BYTES", 90)
    lost: list[tuple[str, int]] = []
    waiting = queues.Queues(lambda to, count: lost.append((to.name, count)))
    taken = [
        waiting.put(destination(name), b"x" * 10, 0.0, 0.0)
        for name in ("a", "b", "c")
        for _ in range(9)
    ]
    assert [len(queue.entries) for queue in waiting] == [3, 3, 3]
    assert taken.count(True) - sum(count for _, count in lost) == 9
    assert not waiting.put(destination("a"), b"x" * 10, 0.0, 0.0)


def test_places_of_destinations_that_are_down_go_to_those_that_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues, "MOST_DESTINATIONS", 3)
    sink = Sorting(down=frozenset({"1", "2", "3"}))
    logs = LogDelivery({"log_group": sink}, lambda: 0.0)
    before = dropped()
    for name in ("1", "2", "3"):
        assert logs.offer(destination(name), b"x")
    until(lambda: logs.offer(destination("4"), b"y"))
    until(lambda: sink.received == {"4": 1})
    logs.stop()
    assert sink.received == {"4": 1}
    assert dropped() - before >= 3


def test_a_batch_is_no_larger_than_its_bytes_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "BATCH_BYTES", 25)
    sink = Sink(linger=3600)
    logs = LogDelivery({"bucket": sink})
    for size in (10, 10, 10, 40, 10):
        logs.offer(destination("b", "bucket"), b"x" * size)
    logs.stop()
    assert [[len(entry) for entry in batch] for batch in sink.batches] == [
        [10, 10],
        [10],
        [40],
        [10],
    ]
