"""One log entry and the request metrics for each answered request.

A WSGI middleware, so that it sees answers whole, streams included. Query strings are not logged:
they hold authorization codes and presigned credentials.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import structlog

from kernel.telemetry import logs, metrics
from kernel.telemetry.request_ids import new_request_id

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

log = structlog.get_logger("poolgate.access")

REQUEST_ID = "poolgate.request_id"
SERVICE = "poolgate.service"
OPERATION = "poolgate.operation"

# Probes ask every few seconds; only their failures are news.
PROBES = frozenset({"/health", "/ready"})


def name_request(environ: Environ, service: str, operation: str) -> None:
    """Say which operation a request is, for its log entry and metrics. Never a client's words."""
    environ[SERVICE] = service
    environ[OPERATION] = operation


class AccessLog:
    """Gives each request an id, in `environ[REQUEST_ID]`, and reports it when it has ended."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        request_id = environ[REQUEST_ID] = new_request_id()
        logs.PRESENT_REQUEST.set(request_id)
        record = Record(environ)

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            record.status = int(status[:3])
            return start_response(status, headers, exc_info)

        try:
            answer = self._application(environ, start)
        except BaseException:
            record.close()
            raise
        return Answer(answer, record)


class Record:
    """What is known of one request until it ends."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._start = time.perf_counter()
        self.status = 500
        self.length = 0

    def close(self) -> None:
        environ, seconds = self._environ, time.perf_counter() - self._start
        service = environ.get(SERVICE, "other")
        operation = environ.get(OPERATION, "other")
        metrics.of(metrics.requests, service, operation, self.status).inc()
        metrics.of(metrics.request_seconds, service).observe(seconds)
        if environ["PATH_INFO"] not in PROBES or self.status >= 500:
            log.info(
                "request",
                method=environ["REQUEST_METHOD"],
                host=environ.get("HTTP_HOST", ""),
                path=environ["PATH_INFO"],
                status=self.status,
                bytes=self.length,
                milliseconds=round(seconds * 1000, 3),
                client=environ.get("REMOTE_ADDR", ""),
                user_agent=environ.get("HTTP_USER_AGENT", ""),
                service=service,
                operation=operation,
            )
        # A kept-alive connection serves its next request in this context.
        logs.PRESENT_REQUEST.set(None)


class Answer:
    """An answer's chunks, counted; closing it ends the record."""

    def __init__(self, chunks: Iterable[bytes], record: Record) -> None:
        self._chunks = chunks
        self._record = record

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._record.length += len(chunk)
            yield chunk

    def close(self) -> None:
        try:
            close = getattr(self._chunks, "close", None)
            if close:
                close()
        finally:
            self._record.close()
