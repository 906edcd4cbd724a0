"""The execution logs of stages, as they leave the data plane."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.performers.log_lines import delivering
from gateway.snapshot import AccessLog, MethodSettings, RestIntegration, Route
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.files import FileSink
from tests.gateway.plane import API_HOST, API_ID, MOCK

HOST = {"Host": API_HOST}
GROUP = f"arn:aws:logs:us-east-1:000000000000:log-group:API-Gateway-Execution-Logs_{API_ID}/prod"
SECRET = "a-very-secret-value"


def _settings(level, *, data_trace=False):
    return {"": MethodSettings(logging_level=level, data_trace=data_trace)}


def _messages(plane):
    (line,) = (line for destination, line in plane.lines if destination == GROUP)
    return [each.partition(") ")[2] for each in json.loads(line)["messages"]]


def _proxy(uri):
    return Route("POST /", RestIntegration("HTTP_PROXY", method="POST", uri=uri))


def test_info_tells_the_way_of_a_request_without_its_content(plane, server, http_echo):
    plane.show_rest(_proxy(http_echo), settings=_settings("INFO"))
    server.request("POST", "/prod?q=1", body=SECRET, headers={**HOST, "X-Any": SECRET}) if hasattr(
        server, "request"
    ) else server.post("/prod?q=1", SECRET, headers={**HOST, "X-Any": SECRET})

    messages = _messages(plane)
    assert "HTTP Method: POST, Resource Path: /" in messages
    assert messages[-1] == "Method completed with status: 200"
    assert SECRET not in "".join(messages)


def test_data_trace_shows_content_but_no_credentials(plane, server, http_echo):
    plane.show_rest(_proxy(http_echo), settings=_settings("INFO", data_trace=True))
    body = json.dumps({"user": "ada", "password": SECRET, "deep": {"accessToken": SECRET}})
    headers = {
        **HOST,
        "Authorization": f"Bearer {SECRET}",
        "Cookie": f"id={SECRET}",
        "X-Api-Key": SECRET,
        "X-Amz-Security-Token": SECRET,
        "X-Plain": "seen",
    }
    answer = server.request("POST", f"/prod?token={SECRET}", body=body, headers=headers)

    assert SECRET in answer.body.decode()
    told = "\n".join(_messages(plane))
    assert SECRET not in told
    assert "seen" in told
    assert '\\"user\\":\\"ada\\"' in told or '"user":"ada"' in told


@pytest.mark.parametrize(("path", "logged"), [("/prod", False), ("/prod/none", True)])
def test_error_tells_of_failures_alone(plane, server, path, logged):
    plane.show_rest(Route("GET /", MOCK), settings=_settings("ERROR"))
    server.get(path, headers=HOST)

    assert bool([line for destination, line in plane.lines if destination == GROUP]) is logged


def test_a_stage_without_the_setting_logs_nothing(plane, server):
    plane.show_rest(Route("GET /", MOCK))
    server.get("/prod", headers=HOST)

    assert plane.lines == []


def test_logs_land_in_the_files_of_the_instance(tmp_path: Path) -> None:
    logs = LogDelivery({"log_group": FileSink(tmp_path)})
    own: list[tuple[str, str]] = []
    write = delivering(logs, lambda arn, line: own.append((arn, line)))
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/pets"
    write(group, '{"status": 200}')
    write(group, "127.0.0.1 - - 200")
    write("poolgate:stdout", "own")
    logs.stop()

    written = (tmp_path / "000000000000/us-east-1/%2Fpets.jsonl").read_text().splitlines()
    assert list(map(json.loads, written)) == [{"status": 200}, {"message": "127.0.0.1 - - 200"}]
    assert own == [("poolgate:stdout", "own")]


def test_an_access_log_entry_has_at_most_a_megabyte(plane, server):
    template = "$context.requestId " + "$context.identity.userAgent " * 110
    plane.show_rest(Route("GET /", MOCK), access_log=AccessLog("poolgate:stdout", template * 20))
    server.get("/prod", headers={**HOST, "User-Agent": "x" * 6000})

    ((_, line),) = plane.lines
    assert len(line) == 1024 * 1024
