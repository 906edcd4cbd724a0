"""Parameter mappings of HTTP APIs, before real upstreams."""

from __future__ import annotations

from gateway.snapshot import HttpProxyIntegration, Route
from tests.gateway.conftest import ok
from tests.gateway.plane import HOST


def _show(plane, uri: str, request=None, response=None, key="ANY /pets/{id}", **options) -> None:
    integration = HttpProxyIntegration(
        uri, request_parameters=request or {}, response_parameters=response or {}
    )
    plane.show(Route(key, integration), **options)


def _lines(head: str) -> list[str]:
    return head.split("\r\n")


def test_headers_are_appended_overwritten_and_removed(plane, server, upstream):
    target = upstream(ok())
    _show(
        plane,
        target.url,
        {
            "append:header.x-a": "$request.querystring.q",
            "overwrite:header.x-b": "id-${request.path.id}-$context.httpMethod",
            "remove:header.x-c": "''",
            "append:header.x-d": "$request.header.none",
            "append:header.x-e": "$stageVariables.v",
            "append:header.x-f": "static $x",
        },
        stage="dev",
        variables={"v": "one"},
    )
    headers = {**HOST, "X-A": "own", "X-B": "own", "X-C": "own"}
    server.get("/dev/pets/7?q=x", headers=headers)

    lines = _lines(target.heads()[0])
    assert [line for line in lines if line.startswith("x-a")] == ["x-a: own", "x-a: x"]
    assert "x-b: id-7-GET" in lines
    assert "x-e: one" in lines
    assert "x-f: static $x" in lines
    assert not [line for line in lines if line.startswith(("x-c", "x-d"))]


def test_query_and_path_are_changed(plane, server, upstream):
    target = upstream(ok())
    _show(
        plane,
        f"{target.url}/base",
        {
            "append:querystring.b": "$request.header.x-name",
            "overwrite:querystring.a": "new",
            "remove:querystring.c": "''",
            "overwrite:path": "/v2/$request.path.id/$request.header.x-name",
        },
    )
    server.get("/pets/a%2Fb?a=1&a=2&b=3&c=4", headers={**HOST, "X-Name": "x/y&z"})

    assert target.heads()[0].startswith("GET /v2/a%2Fb/x%2Fy&z?b=3&b=x%2Fy%26z&a=new ")


def test_a_default_route_sends_the_path_that_overwrites(plane, server, upstream):
    target = upstream(ok())
    _show(plane, target.url, {"overwrite:path": "/new$request.path"}, key="$default")
    server.get("/any/where?q=1", headers=HOST)

    assert target.heads()[0].startswith("GET /new/any/where?q=1 ")


def test_a_body_is_read_where_a_mapping_looks_into_it(plane, server, upstream):
    target = upstream(ok())
    _show(plane, target.url, {"append:header.x-name": "$request.body.pet.name"})
    server.request("POST", "/pets/7", headers=HOST, body=b'{"pet": {"name": "Rex"}}')

    assert "x-name: Rex" in _lines(target.heads()[0])
    assert target.requests[0].endswith(b'{"pet": {"name": "Rex"}}')


def test_a_reply_is_changed_by_the_mappings_of_its_status(plane, server, upstream):
    target = upstream(ok(b"body", "X-A: 1", "X-B: 2"))
    _show(
        plane,
        target.url,
        response={
            "200": {
                "overwrite:statuscode": "203",
                "append:header.x-c": "$response.header.x-a",
                "remove:header.x-b": "''",
                "overwrite:header.x-stage": "$context.stage",
            },
            "404": {"overwrite:statuscode": "200"},
        },
    )
    answer = server.get("/pets/7", headers=HOST)

    assert (answer.status, answer.body) == (203, b"body")
    assert [answer.header(f"x-{name}") for name in "abc"] == ["1", None, "1"]
    assert answer.header("x-stage") == "$default"


def test_a_reply_can_say_what_its_integration_said(plane, server, upstream):
    target = upstream(ok(b"body", "X-Amzn-RequestId: r-1"))
    _show(
        plane,
        target.url,
        response={
            "200": {
                "overwrite:statuscode": "203",
                "append:header.x-status": "$context.integration.status",
                "append:header.x-request": "${context.integration.requestId}!",
                "append:header.x-second": "$context.awsEndpointRequestId2",
            },
        },
    )
    answer = server.get("/pets/7", headers=HOST)

    said = [answer.header(f"x-{name}") for name in ("status", "request", "second")]
    assert (answer.status, said) == (203, ["200", "r-1!", None])


def test_a_reply_is_read_whole_where_a_mapping_looks_into_it(plane, server, upstream):
    target = upstream(ok(b'{"code": 418, "name": "Rex"}'))
    _show(
        plane,
        target.url,
        response={
            "200": {
                "overwrite:statuscode": "$response.body.code",
                "append:header.x-name": "$response.body.name",
            }
        },
    )
    answer = server.request("POST", "/pets/7", headers=HOST, body=b"sent")

    assert (answer.status, answer.header("x-name")) == (418, "Rex")
    assert answer.body == b'{"code": 418, "name": "Rex"}'
    assert target.requests[0].endswith(b"\r\n\r\nsent")


def test_a_status_that_is_none_changes_nothing(plane, server, upstream):
    _show(
        plane,
        upstream(ok()).url,
        response={"200": {"overwrite:statuscode": "$response.header.none"}},
    )
    assert server.get("/pets/7", headers=HOST).status == 200


def test_a_reserved_header_in_a_snapshot_is_not_mapped(plane, server, upstream):
    target = upstream(ok())
    _show(plane, target.url, {"overwrite:header.Host": "evil.example"})

    assert server.get("/pets/7", headers=HOST).status == 500
    assert target.connections == 0


def test_a_stream_that_is_mapped_still_streams(plane, server, upstream):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    target = upstream(head + b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
    _show(plane, target.url, response={"200": {"append:header.x-a": "1"}})
    answer = server.get("/pets/7", headers=HOST)

    assert (answer.body, answer.header("x-a")) == (b"ab", "1")
