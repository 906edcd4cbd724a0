"""Prometheus metrics, summed over the workers of one machine.

prometheus_client's multi-process mode keeps each worker's values in files under
PROMETHEUS_MULTIPROC_DIR, which `poolgate serve` sets before this module is imported; so whichever
worker is asked answers for all. Without it the values are this process's own. Labels never hold
what a client sent.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from kernel.settings import LOOPBACK_HOSTS

M = TypeVar("M", Counter, Histogram)

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REGISTRY = CollectorRegistry()

requests = Counter(
    "poolgate_requests_total",
    "Answered requests.",
    ["service", "operation", "status"],
    registry=REGISTRY,
)
request_seconds = Histogram(
    "poolgate_request_seconds",
    "Time from a request's head to the end of its answer.",
    ["service"],
    buckets=LATENCIES,
    registry=REGISTRY,
)
refused_requests = Counter(
    "poolgate_refused_requests_total",
    "Requests that were refused before they reached the application, by HTTP status.",
    ["status"],
    registry=REGISTRY,
)
sign_ins = Counter(
    "poolgate_sign_ins_total", "Sign-in attempts.", ["flow", "outcome"], registry=REGISTRY
)
tokens_issued = Counter(
    "poolgate_tokens_issued_total", "Issued tokens.", ["kind"], registry=REGISTRY
)
log_entries_dropped = Counter(
    "poolgate_log_entries_dropped_total",
    "Entries of pools' exported logs that could not be delivered.",
    ["sink"],
    registry=REGISTRY,
)
api_requests = Counter(
    "poolgate_api_requests_total",
    "Answered requests of APIs.",
    ["api", "stage", "status"],
    registry=REGISTRY,
)
api_seconds = Histogram(
    "poolgate_api_seconds",
    "Time from a request of an API to the head of its answer.",
    ["api", "stage"],
    buckets=LATENCIES,
    registry=REGISTRY,
)
api_integration_seconds = Histogram(
    "poolgate_api_integration_seconds",
    "Time that an integration of an API took, counted at the end of each minute.",
    ["api", "stage"],
    buckets=LATENCIES,
    registry=REGISTRY,
)
api_cache = Counter(
    "poolgate_api_cache_total",
    "Requests that the response cache was asked for.",
    ["api", "stage", "result"],
    registry=REGISTRY,
)
hub_lag_seconds = Gauge(
    "poolgate_hub_lag_seconds",
    "The longest that a worker's event loop was late within the last ten seconds.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)


@cache
def of(metric: M, *labels: object) -> M:
    """The metric's child of these labels, looked up once: they are few, and never a client's."""
    return metric.labels(*labels)


def observe_many(histogram: Histogram, amount: float, times: int) -> None:
    """Observe one amount several times at the cost of once: the library has no public way, and
    its own `observe` does just this with 1."""
    place = bisect_left(histogram._upper_bounds, amount)
    histogram._buckets[place].inc(times)
    histogram._sum.inc(amount * times)


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    if DIRECTORY_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types
    return generate_latest(registry)


def forget_worker(pid: int) -> None:
    """Take a dead worker out of the gauges; what it counted stays."""
    if DIRECTORY_VARIABLE in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the library has no types


def endpoint(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A WSGI application that answers GET /metrics and nothing else.

    A page that a browser on this machine shows must not read it through a name of its own that
    resolves to loopback, so the host must be a loopback one.
    """
    host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname
    is_read = environ["PATH_INFO"] == "/metrics" and environ["REQUEST_METHOD"] in ("GET", "HEAD")
    if not is_read or host not in LOOPBACK_HOSTS:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    body = exposition()
    headers = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body] if environ["REQUEST_METHOD"] == "GET" else []
