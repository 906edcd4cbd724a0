"""Spans of requests, where the process has a tracer. What a span is and where it goes is the
tracer's business; here a request becomes part of one, and its backend a child of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from gateway.context import Address, Received, Request, Routed
from gateway.route_tree import REQUEST_METHODS
from gateway.routing_rules import routed
from gateway.snapshot import Snapshot
from gateway.tracing import parent_of

Record = Callable[[Received, int, float, float | None, str], None]
"""Of a request's furthest phase, its status, latency, integration latency (seconds) and what the
response cache did."""
Attributes = Mapping[str, str | int]
LEAST_FAILURE = 500
NAME = "HTTP"
"""Of a span until the route is known."""


class Span(Protocol):
    """A part of a trace that is being recorded."""

    @property
    def traceparent(self) -> str:
        """What W3C's header says of it to whoever is asked next."""

    def end(self, name: str, attributes: Attributes, *, failed: bool) -> None: ...


class Tracer(Protocol):
    """Records spans."""

    def start(self, name: str, parent: Mapping[str, str]) -> Span:
        """A span of a server, now. `parent` holds the `traceparent` and `tracestate` of whoever
        asks; without one a trace begins."""


def takes_part(snapshot: Snapshot, address: Address, request: Request) -> bool:
    """Whether a request is traced: by a REST API where its stage says so (`tracingEnabled`), by an
    HTTP API always, which has no such setting."""
    if address.domain:
        address = routed(snapshot, address, request.headers)
    api = snapshot.apis.get(address.api_id)
    stage = api.stages.get(address.stage) if api and address.stage is not None else None
    if api is None or stage is None:
        return False
    return api.protocol != "REST" or (stage.rest is not None and stage.rest.tracing)


def begun(tracer: Tracer, request: Request, record: Record | None) -> tuple[Request, Record]:
    """The request within a new span, which ends when it is recorded."""
    span = tracer.start(NAME, parent_of(request))

    def ended(
        context: Received, status: int, latency: float, integration: float | None, cache: str
    ) -> None:
        span.end(_name(context), _attributes(context, status), failed=status >= LEAST_FAILURE)
        if record is not None:
            record(context, status, latency, integration, cache)

    # Not as a header: what the client sent is what is signed and counted.
    return replace(request, span=span.traceparent), ended


def _name(context: Received) -> str:
    """`GET /pets/{id}`: OpenTelemetry, "HTTP spans": "{method} {http.route}"."""
    method, route = _method(context), _route(context)
    return f"{method} {route}" if route else method


def _method(context: Received) -> str:
    """One of a few: a client can make up any number of others."""
    method = context.request.method
    return method if method in REQUEST_METHODS else "_OTHER"


def _route(context: Received) -> str:
    return context.route.key.rpartition(" ")[2] if isinstance(context, Routed) else ""


def _attributes(context: Received, status: int) -> Attributes:
    """No path, query or header: they hold what people send."""
    return {
        "http.request.method": _method(context),
        "http.response.status_code": status,
        "http.route": _route(context),
        "url.scheme": context.request.scheme,
        "poolgate.api": context.address.api_id,
        "poolgate.request_id": context.request.id,
    }
