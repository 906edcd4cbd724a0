"""A whole Poolgate in its own process, with one HTTP API and one REST API in front of a backend
that writes down every byte it is sent."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.gateway.conftest import RawUpstream, ok, read_request
from tests.servers.poolgate_server import Poolgate

KINDS = ("HTTP", "REST")


@dataclass
class Live:
    server: Poolgate
    backend: Backend
    hosts: dict[str, str]
    """Of the two APIs, by kind. The REST API's stage is `prod`."""

    def head(self, kind: str, path: str = "/seen", method: str = "GET") -> bytes:
        """A request line and a Host field, each with its line end."""
        stage = "/prod" if kind == "REST" else ""
        return f"{method} {stage}{path} HTTP/1.1\r\nHost: {self.hosts[kind]}\r\n".encode()

    def raw(
        self, data: bytes, *, first_packet: int = 0, half_close: bool = True, seconds: float = 5
    ) -> bytes:
        """All that comes back for some bytes, the first few of which come a moment earlier."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds) as sock:
            if first_packet:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.sendall(data[:first_packet])
                time.sleep(0.03)
            sock.sendall(data[first_packet:])
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            return _until_end(sock)


def statuses(answers: bytes) -> list[int]:
    """Of each answer in some bytes, in order."""
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]


def start(server: Poolgate, backend: Backend) -> Live:
    """Make the two APIs on a server, in front of a backend."""
    hosts = {"HTTP": _http_api(server, backend.url), "REST": _rest_api(server, backend.url)}
    live = Live(server, backend, hosts)
    for kind in KINDS:
        _wait_until_served(live, kind)
    return live


PAUSE = b"<pause>"


class Backend(RawUpstream):
    """Answers in several packets where its answer holds `PAUSE`."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as source:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := read_request(source):
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                for number, packet in enumerate((answer or b"").split(PAUSE)):
                    time.sleep(0.03 if number else 0)
                    connection.sendall(packet)


def make_backend() -> Backend:
    return Backend([ok()])


def _until_end(sock: socket.socket) -> bytes:
    received = b""
    try:
        while data := sock.recv(65536):
            received += data
    except (TimeoutError, ConnectionResetError):
        return received
    return received


def _http_api(server: Poolgate, url: str) -> str:
    gateway = server.client("apigatewayv2")
    api = gateway.create_api(Name="attacked", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=f"{url}/{{proxy}}",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    target = f"integrations/{integration}"
    gateway.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=target)
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return f"{api}.execute-api.localhost:{server.port}"


def _rest_api(server: Poolgate, url: str) -> str:
    gateway = server.client("apigateway")
    api = gateway.create_rest_api(name="attacked")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    made = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")
    there = {"restApiId": api, "resourceId": made["id"], "httpMethod": "ANY"}
    gateway.put_method(
        **there,
        authorizationType="NONE",
        requestParameters={"method.request.path.proxy": True},
    )
    gateway.put_integration(
        **there,
        type="HTTP_PROXY",
        integrationHttpMethod="ANY",
        uri=f"{url}/{{proxy}}",
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    gateway.create_deployment(restApiId=api, stageName="prod")
    return f"{api}.execute-api.localhost:{server.port}"


def _wait_until_served(live: Live, kind: str) -> None:
    deadline = time.monotonic() + 5
    while statuses(live.raw(live.head(kind) + b"\r\n")) != [200]:
        if time.monotonic() > deadline:
            raise TimeoutError("the API is not served")
        time.sleep(0.05)
