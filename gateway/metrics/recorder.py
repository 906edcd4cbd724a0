"""Counts the requests of one worker, and stores each minute when it is over."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog

from gateway.context import Located, Received, Routed
from gateway.metrics import store
from gateway.metrics.counts import Counts, seconds_in
from gateway.metrics.store import Series, of_canary
from kernel.database import Database
from kernel.telemetry import metrics

STORE_SECONDS = 5.0
"""Between two looks at whether a minute is over."""

FORGET_SECONDS = 3600.0
MOST_SERIES = 20_000
"""Routes that one minute counts apart; requests of further ones count for their stage alone."""

log = structlog.get_logger(__name__)


class Recorder:
    """What a data plane tells of each request. One for each worker."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._writer = secrets.token_hex(8)
        self._minutes: dict[int, dict[Series, Counts]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._forgotten = 0.0
        self._storer: threading.Thread | None = None

    def start(self) -> None:
        """Begin to store. Call it after the worker is forked."""
        self._storer = threading.Thread(target=self._store_on, name="gateway-metrics", daemon=True)
        self._storer.start()

    def stop(self) -> None:
        """Store what was counted, and stop."""
        self._stopped.set()
        if self._storer is not None:
            self._storer.join()
        self.store(everything=True)

    def record(
        self,
        context: Received,
        status: int,
        latency: float,
        integration_latency: float | None,
        cache: str = "",
    ) -> None:
        """Count a request of an API; one that belongs to no stage is not counted."""
        if not isinstance(context, Located):
            return
        api_id, stage = context.api.api_id, context.stage.name
        number = int(self._now() // 60)
        with self._lock:
            minute = self._minutes.setdefault(number, {})
            for series in _series(context, api_id, stage):
                counts = minute.get(series)
                if counts is None:
                    if series.route and len(minute) >= MOST_SERIES:
                        continue
                    counts = minute[series] = Counts()
                counts.add(status, latency, integration_latency, cache)
        metrics.of(metrics.api_requests, api_id, stage, f"{status // 100}xx").inc()
        metrics.of(metrics.api_seconds, api_id, stage).observe(latency)
        if cache:
            metrics.of(metrics.api_cache, api_id, stage, cache).inc()

    def store(self, *, everything: bool = False) -> None:
        """Store the minutes that are over, or all of them."""
        present = int(self._now() // 60)
        with self._lock:
            over = [minute for minute in self._minutes if everything or minute < present]
            counted = {minute: self._minutes.pop(minute) for minute in over}
        for minute, series in counted.items():
            _publish(series.items())
            if series:
                self._database.write(store.put, self._writer, minute, series.items())
        if everything:
            self._writer = secrets.token_hex(8)  # the same minute may be stored once more

    def _store_on(self) -> None:
        while not self._stopped.wait(STORE_SECONDS):
            try:
                self.store()
                if self._now() - self._forgotten > FORGET_SECONDS:
                    self._forgotten = self._now()
                    self._database.write(store.forget, datetime.fromtimestamp(self._now(), UTC))
            except Exception:  # the database may be away: the minute is lost, the worker goes on
                log.exception("gateway metrics not stored")


def _series(context: Located, api_id: str, stage: str) -> tuple[Series, ...]:
    """The stage, and the route where its settings ask for metrics of its own. What a canary serves
    counts for both, and apart ("Set up an API Gateway canary release deployment", developer guide).
    """
    whole = Series(api_id, stage, "")
    key = context.route.key if isinstance(context, Routed) else ""
    is_apart = bool(key) and context.stage.settings_of(key).metrics
    counted = (whole, Series(api_id, stage, key)) if is_apart else (whole,)
    if not context.stage.is_canary:
        return counted
    return (*counted, *(each._replace(route=of_canary(each.route)) for each in counted))


def _publish(counted: Iterable[tuple[Series, Counts]]) -> None:
    """Tell /metrics of the integrations of a minute at its end, so that no request waits for it."""
    for series, counts in counted:
        if series.route or not counts.integration_latency:
            continue
        histogram = metrics.of(metrics.api_integration_seconds, series.api_id, series.stage)
        for seconds, times in seconds_in(counts.integration_latency):
            metrics.observe_many(histogram, seconds, times)
