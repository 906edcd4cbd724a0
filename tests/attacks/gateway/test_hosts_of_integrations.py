"""Where an integration connects to: what its owner wrote, within the operator's rules."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from gateway.integrations.endpoint import Endpoint, InvalidEndpoint
from gateway.snapshot import (
    HttpProxyIntegration,
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    Route,
)
from tests.gateway.conftest import ok
from tests.gateway.plane import API_HOST, Plane


@pytest.fixture
def strict(tokens):
    """A data plane as an operator runs it who has allowed no private network."""
    made = Plane(tokens, trusted=False)
    yield made
    made.pool.close()


INNER = [
    "169.254.169.254",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0.0.0.0",  # noqa: S104 - attacked, not bound
    "localhost",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
]


@pytest.mark.parametrize("kind", ["HTTP API", "HTTP_PROXY", "HTTP"])
@pytest.mark.parametrize("host", INNER)
def test_no_spelling_of_an_inner_address_is_connected_to(strict, serve, upstream, host, kind):
    target = upstream(ok())
    uri = f"http://{host}:{target.port}/"
    if kind == "HTTP API":
        strict.show(Route("GET /pets", HttpProxyIntegration(uri, timeout_ms=2000)), stage="prod")
    else:
        responses = (IntegrationResponse("200"),)
        integration = RestIntegration(kind, "GET", uri, timeout_ms=2000, responses=responses)
        strict.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    answer = serve(strict.app).get("/prod/pets", headers={"Host": API_HOST})
    assert answer.status in {500, 502, 503, 504}
    assert (target.requests, target.connections) == ([], 0)
    assert str(target.port) not in answer.body.decode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_the_clients_to_follow(plane, send, upstream, status):
    inner = upstream(ok(b"secret"))
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {inner.url}/\r\nContent-Length: 0\r\n\r\n"
    target = upstream(head.encode())
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url)))
    assert send("/pets").status == status
    assert inner.connections == 0


def test_a_name_that_changes_its_address_after_the_check_is_connected_as_checked(
    strict, serve, upstream, monkeypatch
):
    """DNS rebinding: the second answer of the resolver is never asked for."""
    target = upstream(ok())
    asked: list[str] = []
    genuine = socket.getaddrinfo

    def rebinding(host: Any, *rest: Any, **options: Any) -> Any:
        if host != "rebinding.example":
            return genuine(host, *rest, **options)
        asked.append(host)
        # A public address that nobody answers at (RFC 5737 is refused), then an inner one.
        address = "198.41.0.4" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, target.port))]

    connected: list[str] = []
    genuine_connect = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if address[1] == target.port and address[0] != "127.0.0.1":
            connected.append(address[0])
            raise ConnectionRefusedError
        genuine_connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    uri = f"http://rebinding.example:{target.port}/"
    strict.show(Route("GET /pets", HttpProxyIntegration(uri, timeout_ms=2000)))
    server = serve(strict.app)
    for _ in range(3):
        assert server.get("/pets", headers={"Host": API_HOST}).status == 503
    assert connected == ["198.41.0.4"] * 3
    assert asked == ["rebinding.example"]
    assert target.connections == 0


@pytest.mark.parametrize(
    "value",
    [
        "evil.example/",
        "evil.example/?",
        "evil.example:80/",
        "a@evil.example",
        "evil?x=",
        "evil.example#",
        "evil.example\\",
        "evil.example%2f",
        "x:y@evil.example/",
        "a b",
        "é",
    ],
)
@pytest.mark.parametrize(
    "uri",
    [
        "http://${stageVariables.v}.inner.example/pets",
        "http://inner-${stageVariables.v}/pets",
        "http://${stageVariables.v}:8080/pets",
        "http://${stageVariables.v}${stageVariables.v}/pets",
    ],
)
def test_a_stage_variable_cannot_end_the_host_that_the_uri_goes_on_with(uri, value):
    with pytest.raises(InvalidEndpoint):
        Endpoint.compile(uri, {"v": value})


@pytest.mark.parametrize("value", ["http://evil.example/?", "//evil.example", "ftp", "http:"])
def test_a_stage_variable_for_the_scheme_is_a_scheme(value):
    with pytest.raises(InvalidEndpoint):
        Endpoint.compile("${stageVariables.v}://inner.example/", {"v": value})


def test_an_honest_stage_variable_still_names_host_subdomain_port_and_path():
    def origin(uri: str, value: str) -> str:
        return Endpoint.compile(uri, {"v": value}).origin.authority

    assert origin("http://${stageVariables.v}/pets", "beta.example") == "beta.example"
    assert origin("http://${stageVariables.v}", "beta.example:81/pets?a=b") == "beta.example:81"
    assert origin("http://${stageVariables.v}.example/", "beta") == "beta.example"
    assert origin("http://a.example:${stageVariables.v}/", "81") == "a.example:81"
    assert origin("http://a.example/${stageVariables.v}", "x/y?z=@b/") == "a.example"
    assert origin("${stageVariables.v}://a.example/", "https") == "a.example"


@pytest.mark.parametrize(
    "path",
    [
        "@evil.example",
        "//evil.example/x",
        "%2F%2Fevil.example",
        "%40evil.example",
        ":81@evil.example",
        "%3A81%40evil.example",
        "%23@evil.example",
        "%3F@evil.example",
        "https:%2F%2Fevil.example",
    ],
)
def test_a_path_variable_changes_neither_host_nor_request_line(plane, send, upstream, path):
    target = upstream(ok())
    plane.show(Route("GET /{proxy+}", HttpProxyIntegration(f"{target.url}/{{proxy}}")))
    answer = send(f"/{path}")
    if answer.status != 200:
        assert (answer.status, target.requests) in ((400, []), (404, []))
        return
    request_line, host = target.heads()[0].split("\r\n")[:2]
    assert request_line.startswith("GET /")
    assert not request_line.startswith("GET //")
    assert host == f"host: 127.0.0.1:{target.port}"
    assert "#" not in request_line
    assert "?" not in request_line


@pytest.mark.parametrize(
    "uri", ["http://{proxy}/", "http://a.example{proxy}/", "http://a:{proxy}/"]
)
def test_a_path_variable_in_the_host_is_no_endpoint(uri):
    with pytest.raises(InvalidEndpoint):
        Endpoint.compile(uri, {})
