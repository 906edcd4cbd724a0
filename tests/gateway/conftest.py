"""Tokens, real upstreams on raw sockets, and real WSGI servers with a gateway in a Flask app."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.blueprint import Gateway, Upstream
from kernel.tokens import keys, signing
from kernel.tokens.issuers import LocalIssuers
from tests.gateway.plane import Plane

ISSUER = "https://idp.test/us-east-1_Test"
CLIENT = "client-of-the-api"


@dataclass
class Tokens:
    """Issues Cognito's kinds of tokens."""

    key: keys.SigningKey

    def issuers(self) -> LocalIssuers:
        issuers = LocalIssuers()
        issuers.put(ISSUER, [keys.public_jwk(self.key)])
        return issuers

    def access(self, **changes: Any) -> str:
        return self._sign(
            {"client_id": CLIENT, "token_use": "access", "scope": "openid", **changes}
        )

    def id(self, **changes: Any) -> str:
        return self._sign({"aud": CLIENT, "token_use": "id", **changes})

    def _sign(self, claims: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "someone", "iat": now, "exp": now + 300, **claims}
        return signing.sign({k: v for k, v in claims.items() if v is not None}, self.key)


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    return Tokens(keys.generate())


@dataclass
class RawUpstream:
    """An upstream that reads whole requests and answers each with bytes of the test's choice.

    `answers` are used in turn, the last one for good. `None` closes the connection without a word;
    an answer that ends with `CLOSE` is the connection's last.
    """

    answers: list[bytes | None]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.close_connections()

    def close_connections(self) -> None:
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def heads(self) -> list[str]:
        return [request.partition(b"\r\n\r\n")[0].decode("latin-1") for request in self.requests]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as source:
            while request := read_request(source):
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    return
                connection.sendall(answer.removesuffix(CLOSE))
                if answer.endswith(CLOSE):
                    return


CLOSE = b"<close>"


def read_request(source: Any) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = source.readline()
        if not line:
            return b""
        head += line
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            line = source.readline()
            if not line:
                return b""  # broken off
            body += line
        return head + body
    length = lower.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + source.read(int(length or 0))


@pytest.fixture
def upstream() -> Iterator[Callable[..., RawUpstream]]:
    """Start a raw upstream with the given answers."""
    started: list[RawUpstream] = []

    def start(*answers: bytes | None) -> RawUpstream:
        started.append(RawUpstream(list(answers)))
        return started[-1]

    yield start
    for one in started:
        one.close()


def ok(body: bytes = b"ok", *headers: str) -> bytes:
    """A well-formed answer."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served:
    """A WSGI application on a real, threaded HTTP/1.1 server."""

    def __init__(self, app: Any) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def request(
        self,
        method: str,
        target: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
        **options: Any,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, target, body=body, headers=sent, **options)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, target: str, **options: Any) -> Answer:
        return self.request("GET", target, **options)

    def raw(self, data: bytes) -> bytes:
        """Whatever comes back for some bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while block := connection.recv(65536):
                received += block
            return received


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Any], Served]]:
    """Serve a WSGI application until the test ends."""
    started: list[Served] = []

    def start(app: Any) -> Served:
        started.append(Served(app))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def plane(tokens: Tokens) -> Iterator[Plane]:
    """A data plane without an API; `show` gives it one."""
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def server(plane: Plane, serve: Callable[[Any], Served]) -> Served:
    """The plane on a server."""
    return serve(plane.app)


@pytest.fixture
def make_gateway(tokens: Tokens) -> Iterator[Callable[..., Gateway]]:
    """Make a gateway that takes the tests' tokens."""
    made: list[Gateway] = []

    def make(routes: dict[str, str | Upstream], **options: Any) -> Gateway:
        chosen = {"client_ids": [CLIENT], "issuers": tokens.issuers(), **options}
        made.append(Gateway(issuer=ISSUER, routes=routes, **chosen))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def gateway(
    make_gateway: Callable[..., Gateway], serve: Callable[[Any], Served]
) -> Callable[..., Served]:
    """Serve a Flask application with such a gateway in front."""

    def start(routes: dict[str, str | Upstream], **options: Any) -> Served:
        app = Flask("host")
        app.add_url_rule("/own", view_func=lambda: "the application's own")
        make_gateway(routes, **options).init_app(app)
        return serve(app)

    return start
