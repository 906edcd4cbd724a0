"""Records spans through OpenTelemetry's API, where the operator has installed and configured it.

`opentelemetry-instrument poolgate serve` does so, or a module that sets a tracer provider; sampling
and export are that provider's. Without one, nothing here is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from gateway.spans import Attributes, Span, Tracer

NAME = "poolgate.gateway"


def configured_tracer() -> Tracer | None:
    """OpenTelemetry's tracer; None where its API is not installed or has no provider."""
    try:
        trace = import_module("opentelemetry.trace")
        tracecontext = import_module("opentelemetry.trace.propagation.tracecontext")
    except ImportError:
        return None
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return _Tracer(trace, tracecontext.TraceContextTextMapPropagator())


class _Tracer:
    def __init__(self, trace: Any, propagator: Any) -> None:
        self._trace = trace
        self._propagator = propagator
        self._tracer = trace.get_tracer(NAME)

    def start(self, name: str, parent: Mapping[str, str]) -> Span:
        # An empty context, so that no span of the worker's own becomes the parent.
        remote = self._propagator.extract(parent, context={})
        span = self._tracer.start_span(name, context=remote, kind=self._trace.SpanKind.SERVER)
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, context=self._trace.set_span_in_context(span, {}))
        return _Span(self._trace, span, carrier.get("traceparent", ""))


class _Span:
    def __init__(self, trace: Any, span: Any, traceparent: str) -> None:
        self._trace = trace
        self._span = span
        self.traceparent = traceparent

    def end(self, name: str, attributes: Attributes, *, failed: bool) -> None:
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(self._trace.Status(self._trace.StatusCode.ERROR))
        self._span.end()
