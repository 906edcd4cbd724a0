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
from kernel.wsgi_extensions import LOG_MEMBERS, NAME_REQUEST

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

log = structlog.get_logger("poolgate.access")

REQUEST_ID = "poolgate.request_id"
SERVICE = "poolgate.service"
OPERATION = "poolgate.operation"
OF_APIS = ("execute-api", "Invoke")
"""Service and operation of whoever calls an API, as policies name them."""

# Probes ask every few seconds; only their failures are news.
PROBES = frozenset({"/health", "/ready"})


def name_request(environ: Environ, service: str, operation: str) -> None:
    """Say which operation a request is, for its log entry and metrics. Never a client's words."""
    environ[SERVICE] = service
    environ[OPERATION] = operation


def name_api_request(environ: Environ, request_id: str) -> None:
    """Let the request of an API have the id that its client is told, in all entries from now on."""
    environ[REQUEST_ID] = request_id
    logs.PRESENT_REQUEST.set(request_id)
    environ[SERVICE], environ[OPERATION] = OF_APIS


class AccessLog:
    """Gives each request an id, in `environ[REQUEST_ID]`, and reports it when it has ended."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        request_id = environ[REQUEST_ID] = new_request_id()
        environ[NAME_REQUEST] = name_api_request
        logs.PRESENT_REQUEST.set(request_id)
        answer = Answer(environ, start_response)
        try:
            answer.chunks = self._application(environ, answer.start)
        except BaseException:
            answer.report()
            raise
        return answer


class Answer:
    """An answer's chunks, counted; closing it reports the request."""

    __slots__ = ("_began", "_environ", "_length", "_start_response", "_status", "chunks")

    def __init__(self, environ: Environ, start_response: Any) -> None:
        self._began = time.perf_counter()
        self._environ = environ
        self._start_response = start_response
        self._status = 500
        self._length = 0
        self.chunks: Iterable[bytes] = ()

    def start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """The application's `start_response`."""
        self._status = int(status[:3])
        return self._start_response(status, headers, exc_info)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self._length += len(chunk)
            yield chunk

    def close(self) -> None:
        try:
            close = getattr(self.chunks, "close", None)
            if close:
                close()
        finally:
            self.report()

    def report(self) -> None:
        environ, seconds = self._environ, time.perf_counter() - self._began
        service = environ.get(SERVICE, "other")
        operation = environ.get(OPERATION, "other")
        metrics.of(metrics.requests, service, operation, self._status).inc()
        metrics.of(metrics.request_seconds, service).observe(seconds)
        if environ["PATH_INFO"] not in PROBES or self._status >= 500:
            log.info(
                "request",
                method=environ["REQUEST_METHOD"],
                host=environ.get("HTTP_HOST", ""),
                path=environ["PATH_INFO"],
                status=self._status,
                bytes=self._length,
                milliseconds=round(seconds * 1000, 3),
                client=environ.get("REMOTE_ADDR", ""),
                user_agent=environ.get("HTTP_USER_AGENT", ""),
                service=service,
                operation=operation,
                **environ.get(LOG_MEMBERS, {}),
            )
        # A kept-alive connection serves its next request in this context.
        logs.PRESENT_REQUEST.set(None)
