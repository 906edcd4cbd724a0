"""Traces: which headers clients and backends of REST APIs get."""

from __future__ import annotations

import json
import re

import pytest

from gateway.snapshot import RestIntegration, Route
from tests.gateway.plane import API_HOST, MOCK

HOST = {"Host": API_HOST}
ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _sent(answer):
    return {name.lower(): value for name, value in json.loads(answer.body)["headers"]}


def test_every_reply_names_its_trace(plane, server):
    plane.show_rest(Route("GET /", MOCK))
    answer = server.get("/prod", headers=HOST)

    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", answer.headers["x-amzn-trace-id"])


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_backend_is_told_the_trace_in_both_forms(plane, server, http_echo, kind):
    integration = RestIntegration(kind, method="GET", uri=http_echo, responses=MOCK.responses)
    plane.show_rest(Route("GET /", integration))
    answer = server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": f"Self=x;Root={ROOT}"})

    sent = _sent(answer)
    assert sent["x-amzn-trace-id"] == f"Root={ROOT}" == answer.headers["x-amzn-trace-id"]
    assert sent["traceparent"].split("-")[1] == ROOT.replace("-", "")[1:]


def test_a_well_formed_traceparent_is_passed_on(plane, server, http_echo):
    plane.show_rest(Route("GET /", RestIntegration("HTTP_PROXY", method="GET", uri=http_echo)))
    answer = server.get("/prod", headers={**HOST, "traceparent": PARENT})

    assert _sent(answer)["traceparent"] == PARENT
    assert _sent(answer)["x-amzn-trace-id"] == "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("forged", ["00-zz", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "x" * 9000])
def test_a_forged_trace_is_replaced(plane, server, http_echo, forged):
    plane.show_rest(Route("GET /", RestIntegration("HTTP_PROXY", method="GET", uri=http_echo)))
    headers = {**HOST, "traceparent": forged[:200], "X-Amzn-Trace-Id": forged}
    sent = _sent(server.get("/prod", headers=headers))

    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", sent["traceparent"])
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", sent["x-amzn-trace-id"])
