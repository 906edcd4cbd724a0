"""The server's own log says why the gateway answered 500 or more."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.performers import log_lines
from gateway.snapshot import HttpProxyIntegration, RestIntegration, Route
from tests.gateway.plane import API_HOST, API_ID, MOCK, Plane

HOST = {"Host": API_HOST}
PRIVATE = "http://127.0.0.1:9/pets"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
REFUSED = "127.0.0.1 is refused: 127.0.0.1 is not public and not in upstream_allow"


@pytest.fixture
def plane(tokens, monkeypatch):
    # A logger that was used before a test may hold on to the real processors.
    monkeypatch.setattr(log_lines, "log", structlog.get_logger("test"))
    made = Plane(tokens, trusted=False, fail=log_lines.log_failure)
    yield made
    made.pool.close()


def _ask(serve, plane: Plane, path: str):
    with capture_logs() as entries:
        answer = serve(plane.app).get(path, headers=HOST)
    return answer, entries


def test_a_refused_backend_of_an_http_api_is_named(plane, serve):
    plane.show(Route("GET /pets", HttpProxyIntegration(PRIVATE)))

    answer, entries = _ask(serve, plane, "/pets")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})
    assert entries == [
        {
            "event": "api_request_failed",
            "log_level": "warning",
            "api": API_ID,
            "stage": "$default",
            "route": "GET /pets",
            "status": 503,
            "reason": REFUSED,
            "id": answer.header("apigw-requestid"),
        }
    ]


def test_a_refused_backend_of_a_rest_api_is_named(plane, serve):
    plane.show_rest(Route("GET /pets", RestIntegration("HTTP_PROXY", uri=PRIVATE, method="GET")))

    answer, entries = _ask(serve, plane, "/prod/pets")

    assert (answer.status, len(entries)) == (504, 1)
    assert (entries[0]["stage"], entries[0]["reason"]) == ("prod", REFUSED)
    assert entries[0]["id"] == answer.header("x-amz-apigw-id")


def test_what_works_or_is_the_clients_fault_is_not_told(plane, serve):
    plane.show_rest(Route("GET /pets", MOCK))

    assert _ask(serve, plane, "/prod/pets")[1] == []
    assert _ask(serve, plane, "/prod/dogs")[1] == []


def test_a_backends_own_failure_is_not_told(tokens, serve, upstream):
    told: list[object] = []
    plane = Plane(tokens, fail=lambda *members: told.append(members))
    plane.show(Route("GET /pets", HttpProxyIntegration(upstream(BUSY).url)))

    assert serve(plane.app).get("/pets", headers=HOST).status == 503
    assert told == []
    plane.pool.close()
