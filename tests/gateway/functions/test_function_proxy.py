"""Functions as backends of both kinds of API, really run."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.snapshot import (
    AccessLog,
    ApiMapping,
    FunctionIntegration,
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
    Snapshot,
)
from tests.gateway.plane import API_HOST, API_ID

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:{}/invocations"
)
ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event), "headers": {"X-Made": "yes"}}
"""


def rest(plane, name: str, *, kind="AWS_PROXY", settings=None, **integration):
    target = RestIntegration(kind, "POST", URI.format(name), **integration)
    route = Route("ANY /{proxy+}", target, rest=RestMethod("r1"))
    plane.show_rest(route, rest=settings or RestSettings(), variables={"colour": "blue"})


def http(plane, name: str, version: str = "2.0", **options):
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    plane.show(Route("ANY /{proxy+}", FunctionIntegration(arn, version, **options)))


def ask(server, path="/prod/pets", method="GET", **options):
    headers = {"Host": API_HOST, **options.pop("headers", {})}
    return server.request(method, path, headers=headers, **options)


def test_the_event_of_a_rest_api_is_that_of_version_one(plane, server, write_function):
    write_function("echo", ECHO)
    rest(plane, "echo")

    answer = ask(
        server,
        "/prod/pets/a%20b?q=1&q=2&e=",
        "POST",
        headers={"X-Custom": "1", "Content-Type": "text/plain"},
        body=b"hi",
    )
    event = json.loads(answer.body)

    assert (answer.status, answer.header("x-made")) == (200, "yes")
    assert event["resource"] == "/{proxy+}"
    assert event["path"] == "/pets/a%20b"
    assert event["httpMethod"] == "POST"
    assert event["pathParameters"] == {"proxy": "pets/a b"}
    assert event["queryStringParameters"] == {"q": "2", "e": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "e": [""]}
    assert event["stageVariables"] == {"colour": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ("hi", False)
    context = event["requestContext"]
    assert context["path"] == "/prod/pets/a%20b"
    assert context["resourceId"] == "r1"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["stage"] == "prod"
    assert context["requestId"] == answer.header("x-amzn-RequestId")
    assert context["extendedRequestId"] == answer.header("x-amz-apigw-id")


def test_a_path_below_a_custom_domain_is_the_clients_own(plane, server, write_function):
    write_function("echo", ECHO)
    rest(plane, "echo")
    mapped = {"api.example.com": [ApiMapping("v1", API_ID, "prod")]}
    plane.holder.swap(Snapshot.of(list(plane.holder.current.apis.values()), mapped))

    answer = server.get("/v1/pets", headers={"Host": "api.example.com:8443"})
    event = json.loads(answer.body)

    assert (event["path"], event["pathParameters"]) == ("/v1/pets", {"proxy": "pets"})
    assert event["requestContext"]["path"] == "/v1/pets"
    assert event["requestContext"]["domainName"] == "api.example.com"


def test_members_that_would_be_empty_are_null_in_version_one(plane, server, write_function):
    write_function("echo", ECHO)
    rest(plane, "echo")
    plane.show_rest(Route("GET /pets", RestIntegration("AWS_PROXY", "POST", URI.format("echo"))))

    event = json.loads(ask(server).body)

    for member in ("queryStringParameters", "pathParameters", "stageVariables", "body"):
        assert event[member] is None


def test_the_event_of_an_http_api_is_that_of_its_version(plane, server, write_function):
    write_function("echo", ECHO)
    http(plane, "echo")
    second = json.loads(ask(server, "/pets?a=1&a=2", headers={"Cookie": "x=1; y=2"}).body)
    http(plane, "echo", "1.0")
    first = json.loads(ask(server, "/pets").body)

    assert second["version"] == "2.0"
    assert second["rawPath"] == "/pets"
    assert second["cookies"] == ["x=1", "y=2"]
    assert second["queryStringParameters"] == {"a": "1,2"}
    assert "body" not in second
    assert second["requestContext"]["http"]["method"] == "GET"
    assert first["version"] == "1.0"
    assert first["requestContext"]["resourcePath"] == "/{proxy+}"
    assert first["requestContext"]["path"] == first["path"] == "/pets"


def test_a_clients_own_forwarding_headers_do_not_reach_the_event(plane, server, write_function):
    write_function("echo", ECHO)
    http(plane, "echo")
    spoofed = {"X-Forwarded-For": "10.0.0.1", "Connection": "x-secret", "X-Secret": "1"}

    headers = json.loads(ask(server, "/pets", headers=spoofed).body)["headers"]

    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "x-secret" not in headers
    assert "connection" not in headers


def test_binary_bodies_come_as_base64(plane, server, write_function):
    write_function("echo", ECHO)
    image = {"Content-Type": "image/png"}
    http(plane, "echo")
    event = json.loads(ask(server, "/a", "POST", headers=image, body=b"\x89PNG").body)
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x89PNG", True)

    rest(plane, "echo", settings=RestSettings(binary_media_types=("image/*",)))
    event = json.loads(ask(server, "/prod/a", "POST", headers=image, body=b"\x89PNG").body)
    assert event["isBase64Encoded"] is True


def test_binary_replies_are_decoded_where_the_media_type_is_binary(plane, server, write_function):
    write_function(
        "image",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': 'iVBO', "
        "'isBase64Encoded': True, 'headers': {'Content-Type': 'image/png'}}",
    )
    rest(plane, "image", settings=RestSettings(binary_media_types=("image/png",)))
    assert ask(server, headers={"Accept": "image/png, text/html"}).body == b"\x89PN"
    # A browser's: the first type decides, and not what the function answers.
    assert ask(server, headers={"Accept": "text/html, image/png"}).body == b"iVBO"
    assert ask(server, headers={"Accept": "*/*"}).body == b"iVBO"
    assert ask(server).body == b"iVBO"
    rest(plane, "image", settings=RestSettings(binary_media_types=("*/*",)))
    assert ask(server, headers={"Accept": "text/html, image/png"}).body == b"\x89PN"
    assert ask(server).body == b"\x89PN"
    rest(plane, "image")
    assert ask(server, headers={"Accept": "image/png"}).body == b"iVBO"
    http(plane, "image")
    assert ask(server, "/a").body == b"\x89PN"


@pytest.mark.parametrize(
    ("code", "rest_status", "http_status"),
    [
        ("return {'statusCode': 200, 'body': {'a': 1}}", 502, 500),
        ("raise ValueError('no')", 502, 500),
        ("import os; os._exit(1)", 502, 500),
        ("import time; time.sleep(5)", 504, 503),
    ],
)
def test_a_function_that_fails_is_an_error_of_the_server(
    plane, server, write_function, code, rest_status, http_status
):
    write_function("bad", f"def handler(event, context):\n    {code}\n")
    rest(plane, "bad", timeout_ms=400)
    refused = ask(server)
    assert refused.status == rest_status
    assert b"ValueError" not in refused.body
    http(plane, "bad", timeout_ms=400)
    assert ask(server, "/a").status == http_status


def test_a_function_that_does_not_exist_is_an_error_of_the_server(plane, server):
    rest(plane, "nobody")
    assert ask(server).status == 500
    http(plane, "nobody")
    assert ask(server, "/a").status == 500


def test_a_reply_cannot_set_cookies_of_the_host_that_it_shares(plane, server, write_function):
    write_function(
        "evil",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': '', "
        "'multiValueHeaders': {'Set-Cookie': ['poolgate_session=x', 'mine=1']}, "
        "'headers': {'Clear-Site-Data': '*', 'Transfer-Encoding': 'chunked', "
        "'Content-Length': '99'}}",
    )
    rest(plane, "evil")

    answer = server.get("/restapis/abc123/prod/_user_request_/pets")

    assert answer.status == 200
    assert answer.header("set-cookie") == "mine=1"
    assert answer.header("clear-site-data") is None
    assert answer.header("content-length") == "0"
    assert answer.header("content-security-policy") == "sandbox"


def test_a_custom_integration_passes_the_mapped_body_and_selects_by_error(
    plane, server, write_function
):
    write_function(
        "custom",
        "def handler(event, context):\n"
        "    if event.get('fail'):\n        raise Exception('NotFound: ' + event['fail'])\n"
        "    return event\n",
    )
    responses = (
        IntegrationResponse("200"),
        IntegrationResponse("404", selection_pattern="NotFound.*"),
    )
    rest(plane, "custom", kind="AWS", responses=responses)
    json_type = {"Content-Type": "application/json"}

    good = ask(server, method="POST", headers=json_type, body=b'{"a": 1}')
    bad = ask(server, method="POST", headers=json_type, body=b'{"fail": "x"}')
    broken = ask(server, method="POST", headers=json_type, body=b"{")

    assert (good.status, json.loads(good.body)) == (200, {"a": 1})
    assert bad.status == 404
    assert broken.status == 400


LOG = AccessLog(
    "log",
    '{"status": "$context.integration.status", "latency": "$context.integration.latency", '
    '"why": "$context.integrationErrorMessage", "id": "$context.integration.requestId"}',
)
FAILING = """
def handler(event, context):
    raise ValueError("broken")
"""


@pytest.mark.parametrize("show", ["show", "show_rest"])
def test_the_log_tells_how_the_function_did(plane, server, write_function, show):
    write_function("echo", ECHO)
    write_function("failing", FAILING)
    function = "arn:aws:lambda:us-east-1:000000000000:function:{}"
    for name in ("echo", "failing"):
        target = (
            FunctionIntegration(function.format(name))
            if show == "show"
            else RestIntegration("AWS_PROXY", "POST", URI.format(name))
        )
        getattr(plane, show)(Route("GET /", target), stage="prod", access_log=LOG)
        ask(server, "/prod")

    answered, failed = (json.loads(line) for _, line in plane.lines)
    assert (answered["status"], answered["why"]) == ("200", "-")
    assert (failed["status"], failed["why"]) == ("-", "the function failed: ValueError")
    assert answered["latency"].isdigit()
    assert failed["latency"].isdigit()
    assert (len(answered["id"]), failed["id"]) == (36, "-")


def test_the_log_and_the_function_name_a_call_alike(plane, server, write_function):
    write_function(
        "named",
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'body': context.aws_request_id}\n",
    )
    function = "arn:aws:lambda:us-east-1:000000000000:function:named"
    log = AccessLog("log", "$context.integration.requestId $context.awsEndpointRequestId")
    plane.show(Route("GET /", FunctionIntegration(function)), access_log=log)

    told = ask(server, "/").body.decode()

    assert plane.lines == [("log", f"{told} {told}")]
