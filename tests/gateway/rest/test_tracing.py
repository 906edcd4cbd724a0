"""Traces: which headers clients and backends of both kinds of API get."""

from __future__ import annotations

import json
import re

import pytest

from gateway.context import Request
from gateway.effects import CallFunction, FunctionReply
from gateway.snapshot import (
    AccessLog,
    FunctionIntegration,
    HttpProxyIntegration,
    RestIntegration,
    RestSettings,
    Route,
)
from gateway.tracing import Trace, trace_of
from tests.gateway.plane import HOST, MOCK, Plane

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
TRACE = ROOT.replace("-", "")[1:]
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACED = RestSettings(tracing=True)


def _sent(answer):
    return {name.lower(): value for name, value in json.loads(answer.body)["headers"]}


def _show(plane, http_echo, **options):
    plane.show_rest(
        Route("GET /", RestIntegration("HTTP_PROXY", method="GET", uri=http_echo)), **options
    )


def test_every_reply_names_its_trace(plane, server):
    plane.show_rest(Route("GET /", MOCK))
    answer = server.get("/prod", headers=HOST)

    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", answer.header("x-amzn-trace-id"))


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_backend_is_told_the_trace_in_both_forms(plane, server, http_echo, kind):
    integration = RestIntegration(kind, method="GET", uri=http_echo, responses=MOCK.responses)
    plane.show_rest(Route("GET /", integration))
    answer = server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": f"Self=x;Root={ROOT}"})

    sent = _sent(answer)
    assert sent["x-amzn-trace-id"] == f"Root={ROOT}" == answer.header("x-amzn-trace-id")
    assert sent["traceparent"].split("-")[1] == TRACE


def test_without_tracing_the_clients_part_stays_the_parent(plane, server, http_echo):
    _show(plane, http_echo)
    theirs = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    sent = _sent(server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": f"{theirs};Own=1"}))

    assert sent["x-amzn-trace-id"] == theirs
    assert sent["traceparent"] == f"00-{TRACE}-53995c3f42cd8ad8-01"


@pytest.mark.parametrize(
    ("said", "sampled", "flags"),
    [("", "1", "01"), (";Sampled=1", "1", "01"), (";Sampled=0", "0", "00")],
)
def test_a_traced_stage_is_the_backends_parent(plane, server, http_echo, said, sampled, flags):
    _show(plane, http_echo, rest=TRACED)
    theirs = f"Root={ROOT};Parent=53995c3f42cd8ad8{said}"
    answer = server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": theirs})

    sent = _sent(answer)
    _, trace, span, told = sent["traceparent"].split("-")
    assert (trace, told) == (TRACE, flags)
    assert span != "53995c3f42cd8ad8"
    assert sent["x-amzn-trace-id"] == f"Root={ROOT};Parent={span};Sampled={sampled}"
    assert answer.header("x-amzn-trace-id") == f"Root={ROOT};Sampled={sampled}"


def test_a_well_formed_traceparent_is_passed_on(plane, server, http_echo):
    _show(plane, http_echo)
    headers = {**HOST, "traceparent": PARENT, "tracestate": "rojo=00f067aa0ba902b7"}
    sent = _sent(server.get("/prod", headers=headers))

    assert sent["traceparent"] == PARENT
    assert sent["tracestate"] == "rojo=00f067aa0ba902b7"
    assert sent["x-amzn-trace-id"] == (
        "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1"
    )


@pytest.mark.parametrize(
    "forged",
    [
        "00-zz",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        f"{PARENT}-more",
        "x" * 9000,
        f"Root={ROOT}" + ";" * 600,
        "Root=1-00000000-" + "0" * 24,
    ],
)
def test_a_forged_trace_is_replaced(plane, server, http_echo, forged):
    _show(plane, http_echo)
    headers = {**HOST, "traceparent": forged[:200], "X-Amzn-Trace-Id": forged, "tracestate": "a=b"}
    sent = _sent(server.get("/prod", headers=headers))

    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", sent["traceparent"])
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", sent["x-amzn-trace-id"])
    assert ROOT not in sent["x-amzn-trace-id"]
    assert "tracestate" not in sent


def test_the_trace_is_a_variable_where_the_stage_is_traced(plane, server):
    log = AccessLog("poolgate:stdout", "$context.requestId $context.xrayTraceId")
    for rest in (TRACED, RestSettings()):
        plane.show_rest(Route("GET /", MOCK), rest=rest, access_log=log)
        server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": f"Root={ROOT}"})

    assert [line.partition(" ")[2] for _, line in plane.lines] == [ROOT, "-"]


def test_an_http_api_continues_a_trace_and_makes_none(plane, server, http_echo):
    plane.show(Route("GET /", HttpProxyIntegration(http_echo)))
    alone = _sent(server.get("/", headers=HOST))
    continued = _sent(server.get("/", headers={**HOST, "X-Amzn-Trace-Id": f"x=1;Root={ROOT}"}))

    assert "x-amzn-trace-id" not in alone
    assert continued["x-amzn-trace-id"] == f"Root={ROOT}"


def test_a_function_is_told_the_trace(tokens, serve):
    events = []
    plane = Plane(
        tokens,
        performers={CallFunction: lambda call: events.append(call.event) or FunctionReply({})},
    )
    plane.show(Route("GET /", FunctionIntegration("pets", "2.0")))
    serve(plane.app).get("/", headers={**HOST, "X-Amzn-Trace-Id": f"Root={ROOT};Self=1"})
    plane.pool.close()

    assert events[0]["headers"]["x-amzn-trace-id"] == f"Root={ROOT}"


def test_both_headers_of_one_trace_are_read_together():
    parent = f"00-{TRACE}-00f067aa0ba902b7-00"
    headers = {"x-amzn-trace-id": f"Root={ROOT}", "traceparent": parent}
    request = Request("r", "GET", "http", "h", 1, "", headers, "127.0.0.1")

    assert trace_of(request) == Trace(TRACE, "00f067aa0ba902b7", sampled=False)
