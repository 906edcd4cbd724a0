"""The execution logs of stages, as they leave the data plane."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.effects import CallFunction, FunctionReply, Keep, Recall
from gateway.performers.log_lines import delivering
from gateway.performers.memory import Memory
from gateway.snapshot import (
    AccessLog,
    FunctionAuthorizer,
    MethodSettings,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
)
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.files import FileSink
from tests.gateway.plane import API_ID, HOST, MOCK, Plane
from tests.waiting import wait_until

GROUP = f"arn:aws:logs:us-east-1:000000000000:log-group:API-Gateway-Execution-Logs_{API_ID}/prod"
SECRET = "a-very-secret-value"


def _settings(level, *, data_trace=False):
    return {"": MethodSettings(logging_level=level, data_trace=data_trace)}


def _events(plane):
    """What was logged of one request; a streamed reply is logged a moment after its end."""
    wait_until(lambda: any(arn == GROUP for arn, _ in plane.lines))
    (text,) = [text for arn, text in plane.lines if arn == GROUP]
    return [json.loads(line) for line in text.split("\n")]


def _messages(plane):
    return [event["message"].partition(") ")[2] for event in _events(plane)]


def _proxy(uri):
    return Route("POST /", RestIntegration("HTTP_PROXY", method="POST", uri=uri))


def test_info_tells_the_way_of_a_request_without_its_content(plane, server, http_echo):
    plane.show_rest(_proxy(http_echo), settings=_settings("INFO"))
    server.request("POST", f"/prod?q={SECRET}", body=SECRET, headers={**HOST, "X-Any": SECRET})

    messages = _messages(plane)
    assert "HTTP Method: POST, Resource Path: /" in messages
    assert f"Endpoint request URI: {http_echo}/" in messages
    assert any(each.startswith("Received response. Status: 200") for each in messages)
    assert messages[-2:] == [
        "Successfully completed execution",
        "Method completed with status: 200",
    ]
    assert SECRET not in "".join(messages)


def test_each_event_names_its_request_and_moment(plane, server):
    plane.show_rest(Route("GET /", MOCK), settings=_settings("INFO"))
    answer = server.get("/prod", headers=HOST)

    request_id = answer.header("x-amzn-RequestId")
    for event in _events(plane):
        assert set(event) == {"timestamp", "message"}
        assert event["message"].startswith(f"({request_id}) ")


def test_data_trace_shows_what_went_in_and_out(plane, server, http_echo):
    plane.show_rest(_proxy(http_echo), settings=_settings("INFO", data_trace=True))
    server.request("POST", "/prod?q=1", body='{"user": "ada"}', headers={**HOST, "X-Plain": "seen"})

    told = "\n".join(_messages(plane))
    assert "Method request query string: {q=1}" in told
    assert 'Method request body before transformations: {"user":"ada"}' in told
    assert f"Endpoint request URI: {http_echo}/?q=1" in told
    assert "x-plain=seen" in told
    assert "Method response headers: {" in told


def test_long_values_are_cut(plane, server, http_echo):
    plane.show_rest(_proxy(http_echo), settings=_settings("INFO", data_trace=True))
    server.request("POST", "/prod", body="x" * 5000, headers=HOST)

    messages = _messages(plane)
    assert any(each.endswith("x [TRUNCATED]") for each in messages)
    assert max(map(len, messages)) < 1200


@pytest.mark.parametrize(("path", "logged"), [("/prod", False), ("/prod/none", True)])
def test_error_tells_of_failures_alone(plane, server, path, logged):
    plane.show_rest(Route("GET /", MOCK), settings=_settings("ERROR"))
    server.get(path, headers=HOST)

    assert bool([line for destination, line in plane.lines if destination == GROUP]) is logged


def test_error_shows_no_content_even_with_data_trace(plane, server):
    route = Route("POST /", RestIntegration("HTTP", method="POST", uri="http://127.0.0.1:1/"))
    plane.show_rest(route, settings=_settings("ERROR", data_trace=True))
    server.request("POST", f"/prod?q={SECRET}", body=SECRET, headers=HOST)

    messages = _messages(plane)
    assert "Execution failed due to a network error communicating with endpoint" in messages[1]
    assert messages[-1] == "Method completed with status: 504"
    assert SECRET not in "".join(messages)


def test_a_stage_without_the_setting_logs_nothing(plane, server):
    plane.show_rest(Route("GET /", MOCK))
    server.get("/prod", headers=HOST)

    assert plane.lines == []


def test_a_method_may_log_otherwise_than_its_stage(plane, server):
    settings = {"": MethodSettings(logging_level="INFO"), "GET /": MethodSettings()}
    plane.show_rest(Route("GET /", MOCK), Route("PUT /", MOCK), settings=settings)
    server.get("/prod", headers=HOST)
    server.request("PUT", "/prod", headers=HOST)

    assert "HTTP Method: PUT, Resource Path: /" in _messages(plane)


def test_a_key_that_opens_nothing_is_told(plane, server):
    plane.show_rest(Route("GET /", MOCK, api_key_required=True), settings=_settings("ERROR"))
    server.get("/prod", headers=HOST)

    assert any("No associated Usage Plan" in each for each in _messages(plane))


def test_a_body_that_fits_no_model_is_told(plane, server):
    method = RestMethod(
        "root", validates_body=True, request_models={"application/json": {"required": ["name"]}}
    )
    plane.show_rest(Route("POST /", MOCK, rest=method), settings=_settings("ERROR"))
    server.request("POST", "/prod", body="{}", headers=HOST)

    messages = _messages(plane)
    assert messages[1] == (
        "Request body does not match model schema for content type application/json"
    )
    assert "Gateway response type: BAD_REQUEST_BODY with status code: 400" in messages


def _guarded(plane_of, answer):
    memory = Memory()
    plane = plane_of(
        performers={CallFunction: lambda _: answer, Recall: memory.recall, Keep: memory.keep}
    )
    authorizer = FunctionAuthorizer(
        "guard1", "guard", "guard", "TOKEN", identity_sources=("method.request.header.X-Pass",)
    )
    plane.show_rest(Route("GET /", MOCK, authorizer), settings=_settings("INFO", data_trace=True))
    return plane


@pytest.fixture
def plane_of(tokens):
    made = []

    def make(**options):
        made.append(Plane(tokens, **options))
        return made[-1]

    yield make
    for each in made:
        each.pool.close()


def _policy(effect):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": "*"}
    return FunctionReply({"principalId": "ada", "policyDocument": {"Statement": [statement]}})


def test_an_authorizers_answer_is_told_and_its_token_is_not(plane_of, serve):
    plane = _guarded(plane_of, _policy("Allow"))
    serve(plane.app).get("/prod", headers={**HOST, "X-Pass": SECRET})

    messages = _messages(plane)
    assert messages[1].startswith("Starting authorizer: guard1 for request: ")
    assert "Successfully completed authorizer execution" in messages
    assert SECRET not in "".join(messages)


def test_a_remembered_answer_is_no_call_of_the_backend(plane_of, serve):
    plane = _guarded(plane_of, _policy("Allow"))
    server = serve(plane.app)
    server.get("/prod", headers={**HOST, "X-Pass": SECRET})
    plane.lines.clear()
    server.get("/prod", headers={**HOST, "X-Pass": SECRET})

    assert not any("Endpoint request URI" in each for each in _messages(plane))


def test_an_unauthorized_request_is_told(plane_of, serve):
    plane = _guarded(plane_of, _policy("Allow"))
    serve(plane.app).get("/prod", headers=HOST)

    assert any(each.startswith("Unauthorized request: ") for each in _messages(plane))


def test_a_traced_stage_names_the_trace(plane, server):
    rest = RestSettings(tracing=True)
    plane.show_rest(Route("GET /", MOCK), rest=rest, settings=_settings("INFO"))
    root = "1-5759e988-bd862e3fe1be46a994272793"
    server.get("/prod", headers={**HOST, "X-Amzn-Trace-Id": f"Root={root}"})

    assert f"X-ray Tracing ID : {root}" in _messages(plane)


def test_logs_land_in_the_files_of_the_instance(tmp_path: Path) -> None:
    logs = LogDelivery({"log_group": FileSink(tmp_path)})
    own: list[tuple[str, str]] = []
    write = delivering(logs, lambda arn, line: own.append((arn, line)))
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/pets"
    write(group, '{"status": 200}\n')
    write(f"{group}:*", "127.0.0.1 - - 200")
    write(group, '{"message": "one"}\n{"message": "two"}')
    write("poolgate:stdout", "own")
    logs.stop()

    written = (tmp_path / "000000000000/us-east-1/%2Fpets.jsonl").read_text().splitlines()
    assert list(map(json.loads, written)) == [
        {"status": 200},
        {"message": "127.0.0.1 - - 200"},
        {"message": "one"},
        {"message": "two"},
    ]
    assert own == [("poolgate:stdout", "own")]


def test_an_access_log_entry_has_at_most_a_megabyte(plane, server, tmp_path):
    template = "$context.requestId " + "$context.identity.userAgent " * 110
    plane.show_rest(Route("GET /", MOCK), access_log=AccessLog("poolgate:stdout", template * 20))
    server.get("/prod", headers={**HOST, "User-Agent": '"' * 6000})

    ((_, line),) = plane.lines
    assert len(line) == 1024 * 1024
    logs = LogDelivery({"log_group": FileSink(tmp_path)})
    delivering(logs, print)("arn:aws:logs:us-east-1:000000000000:log-group:large", line)
    logs.stop()
    (written,) = (tmp_path / "000000000000/us-east-1/large.jsonl").read_text().splitlines()
    assert 1024 * 512 < len(written) <= 1024 * 1024
