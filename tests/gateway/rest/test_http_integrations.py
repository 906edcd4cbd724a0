"""HTTP and HTTP_PROXY of REST APIs, before real upstreams."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import IntegrationResponse, RestIntegration
from tests.gateway.conftest import ok
from tests.gateway.plane import API_ID
from tests.gateway.rest.conftest import JSON

DEFAULT = (IntegrationResponse("200"),)


def _http(url: str, **options) -> RestIntegration:
    return RestIntegration(
        "HTTP", **{"method": "POST", "uri": url, "responses": DEFAULT, **options}
    )


def _proxy(url: str, **options) -> RestIntegration:
    return RestIntegration("HTTP_PROXY", **{"method": "ANY", "uri": url, **options})


def _header(head: str, name: str) -> str | None:
    lines = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:])
    return lines.get(name)


def test_http_sends_only_what_is_mapped(rest, upstream):
    target = upstream(ok(b"fine"))
    rest.show(
        _http(
            f"{target.url}/pets/{{id}}",
            request_parameters={
                "integration.request.path.id": "method.request.path.proxy",
                "integration.request.header.X-Asked": "method.request.header.X-Name",
                "integration.request.querystring.page": "method.request.querystring.p",
                "integration.request.querystring.kind": "'a&b'",
                "integration.request.header.X-From-Body": "method.request.body.name",
                "integration.request.header.X-Stage": "context.stage",
                "integration.request.header.X-None": "method.request.header.none",
            },
        )
    )
    headers = {"X-Name": "Ada", "X-Secret": "s", "Content-Type": JSON, "Cookie": "a=b"}
    answer = rest.call("PUT", "/7?p=2&q=3", headers=headers, body='{"name": "Eve"}')

    head, body = target.requests[0].decode().split("\r\n\r\n")
    assert (answer.status, answer.body) == (200, b"fine")
    assert head.startswith("POST /pets/7?page=2&kind=a%26b HTTP/1.1")
    assert _header(head, "user-agent") == f"amazonapigateway_{API_ID}"
    assert _header(head, "x-amzn-apigateway-api-id") == API_ID
    assert _header(head, "x-asked") == "ada"
    assert _header(head, "x-from-body") == "eve"
    assert _header(head, "x-stage") == "prod"
    assert [_header(head, name) for name in ("x-secret", "cookie", "x-none")] == [None] * 3
    assert json.loads(body) == {"name": "Eve"}


def test_http_transforms_both_bodies(rest, upstream):
    target = upstream(ok(b'{"pets": [{"n": 1}]}', "Content-Type: application/json"))
    rest.show(
        _http(
            target.url,
            request_templates={JSON: "{\"asked\": $input.json('$.a')}"},
            responses=(IntegrationResponse("200", templates={JSON: "$input.path('$.pets')[0].n"}),),
        )
    )
    answer = rest.call("POST", body='{"a": [1, 2]}')

    assert target.requests[0].endswith(b'{"asked": [1,2]}')
    assert answer.body == b"1"


def test_a_request_template_overrides_parameters(rest, upstream):
    target = upstream(ok())
    template = (
        "#set($context.requestOverride.header.X-Own = 'mine')"
        "#set($context.requestOverride.querystring.q = 'a b')"
        "#set($context.requestOverride.path.id = 'x/y')"
    )
    rest.show(_http(f"{target.url}/{{id}}", request_templates={JSON: template}))
    rest.call("POST", body="{}")

    head = target.heads()[0]
    assert head.startswith("POST /x%2Fy?q=a%20b ")
    assert _header(head, "x-own") == "mine"


@pytest.mark.parametrize(
    ("backend", "status"), [(200, 200), (201, 200), (404, 404), (503, 500), (302, 200)]
)
def test_the_backends_status_selects_the_response(rest, upstream, backend, status):
    target = upstream(f"HTTP/1.1 {backend} X\r\nContent-Length: 0\r\n\r\n".encode())
    responses = (
        IntegrationResponse("200"),
        IntegrationResponse("404", "404"),
        IntegrationResponse("500", "5\\d{2}"),
    )
    rest.show(_http(target.url, responses=responses))

    assert rest.call().status == status


def test_headers_of_the_backend_reach_the_client_only_when_mapped(rest, upstream):
    target = upstream(ok(b'{"id": 7}', "X-One: 1", "X-One: 2", "X-Two: 3", "Content-Type: text/x"))
    rest.show(
        _http(
            target.url,
            responses=(
                IntegrationResponse(
                    "200",
                    parameters={
                        "method.response.header.X-Mapped": "integration.response.header.X-One",
                        "method.response.header.X-Id": "integration.response.body.id",
                        "method.response.header.Date": "'never'",
                    },
                ),
            ),
        )
    )
    answer = rest.call()

    assert answer.header("x-mapped") == "2"
    assert answer.header("x-id") == "7"
    assert answer.header("x-amzn-Remapped-Date") == "never"
    assert answer.header("x-two") is None
    assert answer.header("content-type") == "text/x"


def test_a_proxy_passes_headers_query_and_body(rest, upstream):
    target = upstream(ok(b"fine", "X-Theirs: 1"))
    rest.show(_proxy(f"{target.url}/{{proxy}}"))
    answer = rest.call("PATCH", "/a/b?x=1&x=2", headers={"X-Mine": "m"}, body="body")

    head, body = target.requests[0].decode().split("\r\n\r\n")
    assert head.startswith("PATCH /a/b?x=1&x=2 ")
    assert (_header(head, "x-mine"), body) == ("m", "body")
    assert (answer.body, answer.header("x-theirs")) == (b"fine", "1")


def test_a_proxy_calls_its_own_method_with_mapped_parameters(rest, upstream):
    target = upstream(ok())
    rest.show(
        _proxy(
            target.url,
            method="POST",
            request_parameters={
                "integration.request.header.X-Mine": "'gateway'",
                "integration.request.querystring.x": "'new'",
            },
        )
    )
    rest.call("GET", "/a?x=old&y=1", headers={"X-Mine": "client"})

    head = target.heads()[0]
    assert head.startswith("POST /?y=1&x=new ")
    assert _header(head, "x-mine") == "gateway"


def test_headers_that_the_gateway_owns_come_back_renamed(rest, upstream):
    target = upstream(
        ok(b"x", "Server: nginx", "Date: then", "WWW-Authenticate: Basic", "Connection: close")
    )
    rest.show(_proxy(target.url))
    answer = rest.call()

    assert answer.header("x-amzn-Remapped-Server") == "nginx"
    assert answer.header("x-amzn-Remapped-Date") == "then"
    assert answer.header("x-amzn-Remapped-WWW-Authenticate") == "Basic"
    assert answer.header("x-amzn-Remapped-Connection") == "close"
    assert answer.header("x-amzn-Remapped-Content-Length") == "1"
    assert answer.header("www-authenticate") is None
    assert answer.header("x-amzn-RequestId")
    assert answer.header("x-amz-apigw-id")


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_backend_that_is_silent_times_out(rest, upstream, kind, monkeypatch):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        rest.show(RestIntegration(kind, "GET", uri, timeout_ms=100, responses=DEFAULT))
        answer = rest.call()

    assert (answer.status, answer.json) == (504, {"message": "Endpoint request timed out"})


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_backend_that_is_not_there(rest, kind):
    rest.show(RestIntegration(kind, "GET", "http://127.0.0.1:9", responses=DEFAULT))
    answer = rest.call()

    assert answer.status == 504
    assert answer.json == {"message": "Network error communicating with endpoint"}


def test_a_reply_that_is_no_http_is_an_internal_error(rest, upstream):
    rest.show(_http(upstream(b"nonsense\r\n\r\n").url))

    assert rest.call().json == {"message": "Internal server error"}


def test_an_integration_behind_a_vpc_link_is_not_called_directly(rest, upstream):
    target = upstream(ok())
    rest.show(_http(target.url, vpc_link="abc123"))

    assert rest.call().status == 500
    assert target.connections == 0
