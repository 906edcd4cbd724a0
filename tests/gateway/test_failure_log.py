"""The server's own log says why the gateway answered 500 or more."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder

from gateway.context import Received, Reply
from gateway.failure_log import described
from gateway.integrations.errors import UpstreamBroken
from gateway.performers import log_lines
from gateway.snapshot import (
    GatewayResponse,
    HttpProxyIntegration,
    RestIntegration,
    RestSettings,
    Route,
)
from tests.gateway.conftest import CLOSE
from tests.gateway.plane import API_HOST, API_ID, MOCK, Plane

HOST = {"Host": API_HOST}
PRIVATE = "http://127.0.0.1:9/pets"
BROKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
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
            "request_id": answer.header("apigw-requestid"),
            "api": API_ID,
            "stage": "$default",
            "route": "GET /pets",
            "status": 503,
            "kind": "INTEGRATION_FAILURE",
            "reason": REFUSED,
        }
    ]


def test_a_refused_backend_of_a_rest_api_is_named(plane, serve):
    plane.show_rest(Route("GET /pets", RestIntegration("HTTP_PROXY", uri=PRIVATE, method="GET")))

    answer, entries = _ask(serve, plane, "/prod/pets")

    assert (answer.status, len(entries)) == (504, 1)
    assert (entries[0]["stage"], entries[0]["reason"]) == ("prod", REFUSED)
    assert entries[0]["request_id"] == answer.header("x-amz-apigw-id")
    assert entries[0]["amzn_request_id"] == answer.header("x-amzn-RequestId")


def test_the_status_that_an_owner_chose_decides_nothing(plane, serve):
    hidden = GatewayResponse(status="200")
    shown = GatewayResponse(status="500")
    rest = RestSettings(
        gateway_responses={"INTEGRATION_FAILURE": hidden, "MISSING_AUTHENTICATION_TOKEN": shown}
    )
    route = Route("GET /pets", RestIntegration("HTTP_PROXY", uri=PRIVATE, method="GET"))
    plane.show_rest(route, rest=rest)

    answer, entries = _ask(serve, plane, "/prod/pets")
    assert (answer.status, len(entries)) == (200, 1)
    answer, entries = _ask(serve, plane, "/prod/dogs")
    assert (answer.status, entries) == (500, [])


def _stream(plane: Plane):
    """The body of an answer, block by block."""
    environ = EnvironBuilder(path="/pets", headers=HOST).get_environ()
    return plane.app(environ, lambda *_: None)


def test_a_reply_that_breaks_off_is_told_once(tokens, upstream):
    told: list[tuple[Received, Reply]] = []
    plane = Plane(tokens, fail=lambda *members: told.append(members))
    plane.show(Route("GET /pets", HttpProxyIntegration(upstream(BROKEN + CLOSE).url)))

    body = _stream(plane)
    with pytest.raises(UpstreamBroken):
        list(body)
    body.close()

    assert len(told) == 1
    entry = described(*told[0])
    assert (entry["status"], entry["kind"]) == (200, "INTEGRATION_FAILURE")
    assert entry["reason"] == "the upstream's reply broke off"
    plane.pool.close()


def test_a_client_that_goes_away_is_no_failure(tokens, upstream):
    told: list[object] = []
    plane = Plane(tokens, fail=lambda *members: told.append(members))
    plane.show(Route("GET /pets", HttpProxyIntegration(upstream(BROKEN).url)))

    body = _stream(plane)
    assert next(iter(body)) == b"half"
    body.close()

    assert told == []
    plane.pool.close()


@pytest.mark.parametrize(
    "template",
    ["$input.path($input.params('q'))", "$context.stage.replaceAll($input.params('q'), '')"],
)
def test_what_a_request_holds_is_not_told(plane, serve, template):
    target = RestIntegration("MOCK", request_templates={"application/json": template})
    plane.show_rest(Route("GET /pets", target))

    answer, (entry,) = _ask(serve, plane, "/prod/pets?q=$[(hunter2")

    assert (answer.status, entry["kind"]) == (500, "API_CONFIGURATION_ERROR")
    assert "in the template: " in entry["reason"]
    assert "hunter2" not in str(entry)


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
