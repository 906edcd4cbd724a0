from __future__ import annotations

from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder, run_wsgi_app

from kernel.telemetry import access_log, logs, metrics
from kernel.telemetry.access_log import AccessLog
from kernel.wsgi_extensions import LOG_MEMBERS, NAME_REQUEST


@pytest.fixture(autouse=True)
def fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger keeps the processors it first wrote with, which another test may have chosen."""
    structlog.reset_defaults()
    monkeypatch.setattr(access_log, "log", structlog.get_logger("poolgate.access"))


def call(application: Any, path: str = "/", query: str = "") -> tuple[str, list[dict[str, Any]]]:
    environ = EnvironBuilder(path=path, query_string=query).get_environ()
    with capture_logs() as entries:
        _, status, _ = run_wsgi_app(AccessLog(application), environ, buffered=True)
    return status, entries


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    access_log.name_request(environ, "cognito-idp", "SignUp")
    start_response("201 Created", [])
    return [b"ab", b"cde"]


def test_a_request_is_logged_once_with_what_it_was_and_without_its_query() -> None:
    status, entries = call(answer, "/callback", "code=12345")
    assert status == "201 Created"
    assert len(entries) == 1
    entry = entries[0]
    assert (entry["path"], entry["status"], entry["bytes"]) == ("/callback", 201, 5)
    assert (entry["service"], entry["operation"]) == ("cognito-idp", "SignUp")
    assert "12345" not in str(entry)


def test_an_api_gives_its_request_the_id_that_the_client_is_told() -> None:
    def api(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ[NAME_REQUEST](environ, "E64pwWSY9O0B+oA=")
        environ[LOG_MEMBERS] = {"api": "abc123"}
        assert logs.PRESENT_REQUEST.get() == "E64pwWSY9O0B+oA="
        start_response("200 OK", [])
        return []

    _, (entry,) = call(api)
    assert (entry["service"], entry["operation"], entry["api"]) == (
        "execute-api",
        "Invoke",
        "abc123",
    )
    assert logs.PRESENT_REQUEST.get() is None


def test_a_request_that_fails_is_logged_as_500() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise RuntimeError("it broke")

    environ = EnvironBuilder().get_environ()
    with capture_logs() as entries, pytest.raises(RuntimeError):
        run_wsgi_app(AccessLog(fail), environ)
    assert [entry["status"] for entry in entries] == [500]


def test_probes_are_logged_only_when_they_fail() -> None:
    assert call(answer, "/ready")[1] == []

    def unavailable(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("503 Service Unavailable", [])
        return []

    assert [entry["status"] for entry in call(unavailable, "/ready")[1]] == [503]


def test_a_stream_is_counted_when_it_ends_and_closed() -> None:
    closed: list[bool] = []

    class Stream:
        def __iter__(self) -> Any:
            return iter([b"a"] * 10)

        def close(self) -> None:
            closed.append(True)

    def stream(environ: dict[str, Any], start_response: Any) -> Stream:
        start_response("200 OK", [])
        return Stream()

    _, entries = call(stream)
    assert entries[0]["bytes"] == 10
    assert closed == [True]


def test_metrics_count_by_service_operation_and_status_and_never_by_path() -> None:
    call(answer, "/made-up-by-an-attacker")
    exposed = generate_latest(metrics.REGISTRY).decode()
    labels = 'operation="SignUp",service="cognito-idp",status="201"'
    assert f"poolgate_requests_total{{{labels}}}" in exposed
    assert "made-up" not in exposed
