"""Clients and backends who fill the memory with replies that are read whole, and with bodies that
wait for a backend."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gateway import room
from gateway.effects import (
    CallFunction,
    FunctionReply,
    Permit,
    Send,
    Sent,
    Signer,
    VerifySignature,
)
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.errors import NoRoom
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from gateway.performers.upstreams import sending
from gateway.snapshot import (
    FunctionIntegration,
    HttpProxyIntegration,
    IamAuthorizer,
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    Route,
)
from kernel.iam.policy import Decision
from kernel.outbound import AddressGuard
from tests.gateway.conftest import CLOSE, ok
from tests.gateway.plane import ACCOUNT, API_HOST, Plane

MEGABYTE = 1024 * 1024
MOST = 4 * MEGABYTE
LARGE = ok(b"x" * (2 * MEGABYTE - 1000))


@dataclass
class Opened:
    """A reply of which nothing has been taken yet."""

    status: int
    reply: Any

    def read(self) -> bytes:
        return b"".join(self.reply)

    def close(self) -> None:
        if hasattr(self.reply, "close"):
            self.reply.close()


def environ_of(path: str, method: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": API_HOST,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }


Open = Callable[..., Opened]


@pytest.fixture
def plane(tokens, monkeypatch) -> Iterator[Plane]:
    monkeypatch.setattr(room, "MOST_HELD_BYTES", MOST)
    signer = Signer(ACCOUNT, "AKID", f"arn:aws:iam::{ACCOUNT}:user/ada")
    made = Plane(
        tokens,
        performers={
            CallFunction: lambda _effect: FunctionReply(
                {"statusCode": 200, "body": "x" * (2 * MEGABYTE - 1000)}
            ),
            Permit: lambda _effect: Decision.ALLOWED,
            VerifySignature: lambda _effect: signer,
        },
    )
    yield made
    assert made.room._left == MOST
    made.pool.close()


@pytest.fixture
def open_reply(plane: Plane) -> Open:
    """Send a request and leave its reply where it is, as a client does who takes nothing."""

    def ask(path: str = "/prod/pets", method: str = "GET", body: bytes = b"") -> Opened:
        seen: list[int] = []
        environ = environ_of(path, method, body)
        reply = plane.app(environ, lambda status, _headers: seen.append(int(status[:3])))
        return Opened(seen[-1], reply)

    return ask


def whole(url: str, method: str = "GET") -> Route:
    """A method whose backend's replies are read whole."""
    integration = RestIntegration("HTTP", method, url, responses=(IntegrationResponse("200"),))
    return Route(f"{method} /pets", integration, rest=RestMethod("r"))


def show_backend(plane: Plane, upstream) -> None:
    plane.show_rest(whole(upstream(LARGE).url))


def show_rest_function(plane: Plane, _upstream) -> None:
    integration = RestIntegration("AWS_PROXY", "POST", "guard")
    plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))


def show_http_function(plane: Plane, _upstream) -> None:
    plane.show(Route("GET /pets", FunctionIntegration("f", "1.0")), stage="prod")


@pytest.mark.parametrize("show", [show_backend, show_rest_function, show_http_function])
def test_replies_that_nobody_takes_do_not_fill_the_memory(plane, upstream, open_reply, show):
    show(plane, upstream)
    held = [open_reply() for _ in range(2)]
    assert [each.status for each in held] == [200, 200]
    refused = open_reply()
    assert refused.status == 503
    assert refused.read() == b'{"message":"The gateway is busy"}'
    refused.close()
    assert len(held[0].read()) == 2 * MEGABYTE - 1000
    held[0].close()
    after = open_reply()
    assert after.status == 200
    for each in (held[1], after):
        each.close()


def test_a_reply_is_counted_while_it_comes(upstream):
    """A backend that takes its time holds what has come, and the rest is not read."""
    counted: list[int] = []

    def hold(count: int) -> None:
        if sum(counted) + count > 300_000:
            raise NoRoom("full")
        counted.append(count)

    pool = UpstreamPool(AddressGuard(), trusted=True)
    endpoint = Endpoint.compile(upstream(LARGE).url, {})
    request = UpstreamRequest(endpoint.origin, "GET", "/", (), 5.0, endpoint.authority)
    send = sending(pool)
    assert isinstance(send(Send(request, b""), hold), NoRoom)
    assert sum(counted) <= 300_000
    assert isinstance(send(Send(request, b"")), Sent)
    pool.close()


@pytest.mark.parametrize(
    "answer",
    [None, b"HTTP/1.1 nonsense\r\n\r\n", ok(bytes(10 * MEGABYTE + 1)), LARGE[:-1] + CLOSE],
    ids=["nothing", "nonsense", "too large", "too short"],
)
def test_a_backend_that_fails_leaves_no_bytes_behind(plane, upstream, open_reply, answer):
    target = upstream(answer)
    plane.show_rest(whole(target.url, "POST"))
    failed = open_reply(method="POST", body=b"x" * MEGABYTE)
    assert failed.status >= 500
    failed.close()
    assert plane.room._left == MOST


def test_a_client_that_goes_away_before_the_reply_leaves_no_bytes_behind(plane):
    plane.show(Route("POST /pets", FunctionIntegration("f", "1.0")), stage="prod")

    def gone(_status: str, _headers: list[tuple[str, str]]) -> None:
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        plane.app(environ_of("/prod/pets", "POST", bytes(100_000)), gone)
    assert plane.room._left == MOST


class Looking(list):
    """Answers of a backend, which look around when they are asked for."""

    def __init__(self, answer: bytes, look: Callable[[], None]) -> None:
        super().__init__([answer])
        self._look = look

    def __getitem__(self, index: Any) -> Any:
        self._look()
        return super().__getitem__(index)


def test_a_body_read_for_a_signature_counts_until_the_backend_has_it(plane, upstream, open_reply):
    target = upstream(ok())
    seen: list[int] = []
    target.answers = Looking(ok(), lambda: seen.append(plane.room._left))
    integration = HttpProxyIntegration(target.url, "POST")
    plane.show(Route("POST /pets", integration, IamAuthorizer()), stage="prod")
    answer = open_reply(method="POST", body=b"x" * MEGABYTE)
    assert (answer.status, answer.read()) == (200, b"ok")
    assert seen == [MOST - MEGABYTE]
    assert plane.room._left == MOST
    answer.close()


def test_a_body_that_waits_for_a_function_counts_as_often_as_it_is_held(plane, open_reply):
    """As bytes, as the event's text, and in the message to the function."""
    plane.show(Route("POST /pets", FunctionIntegration("f", "1.0")), stage="prod")
    refused = open_reply(method="POST", body=b"x" * (MOST // 3 + 1))
    assert refused.status == 503
    refused.close()
    assert plane.room._left == MOST


def test_what_passes_as_it_comes_counts_nowhere(plane, upstream, open_reply):
    plane.show(Route("GET /pets", HttpProxyIntegration(upstream(LARGE).url)), stage="prod")
    streams = [open_reply() for _ in range(4)]
    assert [each.status for each in streams] == [200] * 4
    assert plane.room._left == MOST
    for each in streams:
        each.close()
