"""Requests within spans, where the process has a tracer."""

from __future__ import annotations

import json
import threading

import pytest

from gateway.context import Request
from gateway.performers.open_telemetry import configured_tracer
from gateway.snapshot import HttpProxyIntegration, RestIntegration, RestSettings, Route
from gateway.tracing import trace_of
from tests.gateway.plane import HOST, Plane

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SPAN = "53995c3f42cd8ad8"


class Tracer:
    """Keeps what it is told. Its spans go on with the trace that they are asked for."""

    def __init__(self):
        self.parents = []
        self.ended = []
        self.is_ended = threading.Event()

    def start(self, name, parent):
        self.parents.append(dict(parent))
        _, trace, *_ = parent.get("traceparent", f"00-{'a' * 32}-x-00").split("-")
        return Span(self, f"00-{trace}-{SPAN}-01")


class Span:
    def __init__(self, tracer, traceparent):
        self._tracer = tracer
        self.traceparent = traceparent

    def end(self, name, attributes, *, failed):
        self._tracer.ended.append((name, dict(attributes), failed))
        self._tracer.is_ended.set()


@pytest.fixture
def tracer():
    return Tracer()


@pytest.fixture
def plane(tokens, tracer):
    made = Plane(tokens, tracer=tracer)
    yield made
    made.pool.close()


def _rest(plane, uri, *, tracing):
    target = RestIntegration("HTTP_PROXY", method="GET", uri=uri)
    plane.show_rest(Route("GET /pets/{id}", target), rest=RestSettings(tracing=tracing))


def _sent(answer):
    return {name.lower(): value for name, value in json.loads(answer.body)["headers"]}


@pytest.mark.parametrize("given", [{}, {"traceparent": PARENT, "tracestate": "a=b"}])
def test_the_backend_is_a_child_of_the_span(plane, server, tracer, http_echo, given):
    _rest(plane, http_echo, tracing=True)
    sent = _sent(server.get("/prod/pets/7?q=1", headers={**HOST, **given}))

    trace = TRACE if given else "a" * 32
    assert tracer.parents == [given]
    assert sent["traceparent"] == f"00-{trace}-{SPAN}-01"
    assert sent["x-amzn-trace-id"] == f"Root=1-{trace[:8]}-{trace[8:]};Parent={SPAN};Sampled=1"
    assert sent.get("tracestate") == given.get("tracestate")


def test_a_span_tells_of_the_route_and_nothing_that_people_send(plane, server, tracer, http_echo):
    _rest(plane, http_echo, tracing=True)
    server.get("/prod/pets/7?q=1&status=502", headers=HOST)

    assert tracer.is_ended.wait(5)
    ((name, attributes, failed),) = tracer.ended
    assert name == "GET /pets/{id}"
    assert failed
    assert attributes["http.response.status_code"] == 502
    assert "pets/7" not in str(attributes)
    assert "q=1" not in str(attributes)


def test_a_stage_without_tracing_has_no_spans(plane, server, tracer, http_echo):
    _rest(plane, http_echo, tracing=False)
    sent = _sent(server.get("/prod/pets/7", headers={**HOST, "traceparent": PARENT}))

    assert (tracer.parents, tracer.ended) == ([], [])
    assert sent["traceparent"] == PARENT


def test_an_http_api_has_spans(plane, server, tracer, http_echo):
    plane.show(Route("GET /pets", HttpProxyIntegration(http_echo)))
    root = f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent=00f067aa0ba902b7;Sampled=1"
    sent = _sent(server.get("/pets", headers={**HOST, "X-Amzn-Trace-Id": root}))

    assert tracer.parents == [{"traceparent": PARENT}]
    assert sent["traceparent"] == f"00-{TRACE}-{SPAN}-01"
    assert tracer.is_ended.wait(5)
    assert tracer.ended[0][0] == "GET /pets"


def test_what_is_no_address_of_an_api_has_no_span(plane, server, tracer):
    server.get("/none", headers={"Host": "none.execute-api.localhost"})

    assert tracer.parents == []


def test_a_span_comes_before_what_the_client_says():
    headers = {"traceparent": PARENT, "x-amzn-trace-id": "Root=1-00000001-" + "b" * 24}
    request = Request("r", "GET", "http", "h", 1, "", headers, "::1", span=f"00-{TRACE}-{SPAN}-00")

    trace = trace_of(request)
    assert (trace.id, trace.parent, trace.sampled, trace.state) == (TRACE, SPAN, False, "")


def test_without_opentelemetry_nothing_is_traced():
    try:
        import opentelemetry.sdk  # noqa: F401 - whether it is installed is the question
    except ImportError:
        assert configured_tracer() is None


def test_opentelemetry_records_the_span(tokens, serve, http_echo):
    trace = pytest.importorskip("opentelemetry.trace")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter, provider = memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    plane = Plane(tokens, tracer=configured_tracer())
    _rest(plane, http_echo, tracing=True)
    sent = _sent(serve(plane.app).get("/prod/pets/7", headers={**HOST, "traceparent": PARENT}))
    plane.pool.close()

    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /pets/{id}"
    assert sent["traceparent"] == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert f"{span.parent.span_id:016x}" == "00f067aa0ba902b7"
