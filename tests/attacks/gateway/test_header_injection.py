"""Nothing that a client, an owner or a backend says begins another header, reply or request."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import (
    FunctionIntegration,
    HttpProxyIntegration,
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    Route,
)
from tests.gateway.conftest import ok

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
ENDINGS = ["\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\r\n\r\nHTTP/1.1 200 OK", "\0X-Evil: 1"]
ANSWER = """
import json

def handler(event, context):
    return json.loads({answer!r})
"""


def assert_clean(answer) -> None:
    assert "x-evil" not in {name.lower() for name, _ in answer.headers}
    assert b"HTTP/1.1" not in answer.body


def show_function(plane, write_function, kind: str, answer: object) -> str:
    write_function("echo", ANSWER.format(answer=json.dumps(answer)))
    if kind == "REST":
        integration = RestIntegration("AWS_PROXY", "POST", INVOCATION)
        plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
        return "/prod/pets"
    plane.show(Route("GET /pets", FunctionIntegration(FUNCTION, kind)))
    return "/pets"


@pytest.mark.parametrize("kind", ["REST", "1.0", "2.0"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_functions_reply_cannot_end_a_header(plane, send, write_function, kind, ending):
    for members in (
        {"headers": {"X-Some": f"a{ending}"}},
        {"headers": {f"X-Some{ending}": "a"}},
        {"multiValueHeaders": {"X-Some": [f"a{ending}"]}},
        {"cookies": [f"a=b{ending}"]},
        {"statusCode": f"200 OK{ending}"},
    ):
        path = show_function(plane, write_function, kind, {"statusCode": 200, **members})
        answer = send(path)
        assert_clean(answer)
        assert answer.status in {200, 500, 502}


@pytest.mark.parametrize("kind", ["REST", "1.0", "2.0"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Transfer-Encoding": "chunked"},
        {"Transfer-Encoding": "identity, chunked"},
        {"Content-Length": "0"},
        {"Content-Length": "5000"},
        {"content-length": "-1", "Content-Length": "3"},
        {"Connection": "keep-alive, X-Kept", "Keep-Alive": "timeout=9999"},
        {"Upgrade": "websocket", "Trailer": "X-Evil"},
    ],
)
def test_a_functions_reply_does_not_frame_itself(plane, send, write_function, kind, headers):
    answer = {"statusCode": 200, "headers": headers, "body": "whole"}
    told = send(show_function(plane, write_function, kind, answer))
    assert (told.status, told.body) == (200, b"whole")
    assert told.header("transfer-encoding") in {None, "chunked"}
    assert told.header("upgrade") is None


@pytest.mark.parametrize("text", ["%0d%0aX-Evil:%201", "%0aX-Evil:1", "%0d%0a%0d%0aHTTP/1.1%20200"])
@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_mapped_parameter_cannot_end_a_header_of_the_request(plane, send, upstream, kind, text):
    target = upstream(ok())
    integration = RestIntegration(
        kind,
        "GET",
        f"{target.url}/{{id}}",
        request_parameters={
            "integration.request.header.X-Some": "method.request.querystring.q",
            "integration.request.header.Host": "method.request.querystring.host",
            "integration.request.path.id": "method.request.querystring.q",
            "integration.request.querystring.q": "method.request.querystring.q",
        },
        responses=(IntegrationResponse("200"),),
    )
    parameters = {f"method.request.querystring.{name}": False for name in ("q", "host")}
    method = RestMethod("r", request_parameters=parameters)
    plane.show_rest(Route("GET /pets", integration, rest=method))
    answer = send(f"/prod/pets?q=a{text}&host=a{text}")
    assert answer.status in {200, 400, 500, 502}
    for head in target.heads():
        lines = head.split("\r\n")
        assert not any(line.lower().startswith("x-evil") for line in lines)
        assert not any("\n" in line or "\r" in line for line in lines)
        assert len([line for line in lines if " HTTP/1.1" in line and line[:3] == "GET"]) == 1
    assert len(target.requests) <= 1


@pytest.mark.parametrize("text", ["%0d%0aX-Evil:%201", "%0aX-Evil:1", "%00X-Evil:1"])
def test_a_mapped_parameter_cannot_end_a_header_of_the_reply(plane, send, text):
    response = IntegrationResponse(
        "200",
        parameters={"method.response.header.X-Some": "integration.response.header.X-Some"},
        templates={
            "application/json": "#set($context.responseOverride.header.X-Other = "
            "$util.urlDecode($input.params('q')))\n"
            "#set($context.responseOverride.header.X-Third = $input.params('q'))\n{}"
        },
    )
    integration = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(response,),
    )
    plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    for query in (text, text.replace("%", "%25")):
        answer = send(f"/prod/pets?q=a{query}")
        assert_clean(answer)
        assert answer.status in {200, 500}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\0b"])
def test_a_stage_variable_cannot_end_a_header_or_request_line(plane, send, upstream, value):
    target = upstream(ok())
    plane.show(
        Route("GET /pets", HttpProxyIntegration(f"{target.url}/${{stageVariables.v}}")),
        variables={"v": value},
    )
    assert send("/pets").status == 500
    assert target.requests == []


@pytest.mark.parametrize(
    "line", [b"X-Some: a\nX-Evil: 1", b"X-Some: a\rX-Evil: 1", b"X-Some: a\0b", b"X Evil: 1"]
)
def test_an_upstreams_header_cannot_end_itself(plane, send, upstream, line):
    target = upstream(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 2\r\n\r\nok")
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url)))
    answer = send("/pets")
    assert_clean(answer)
    assert "\n" not in (answer.header("x-some") or "")
