"""What a backend sends, or is made to send, beside its answer reaches nobody: connections that are
kept for other callers never carry anything over.

Each attack runs on plain threads, as a blueprint may, and on both kinds of API of the server as it
is run.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.integrations.pool import UpstreamPool
from gateway.snapshot import HttpProxyIntegration, Route
from kernel.outbound import AddressGuard
from tests.attacks.gateway.live import PAUSE, Backend, Live, make_backend
from tests.gateway.conftest import ok
from tests.gateway.plane import API_HOST, Plane

EVIL = ok(b"evil")
MINE = ok(b"mine")
FAILURES = (500, 502, 503, 504)


class Way:
    """A gateway in front of `backend`, at `port`."""

    def __init__(self, backend: Backend, port: int, host: str, stage: str = "") -> None:
        self.backend, self.port, self.host, self.stage = backend, port, host, stage

    def ask(
        self, path: str = "/a", method: str = "GET", body: Any = None, **options: Any
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, self.stage + path, body, {"Host": self.host}, **options)
            response = connection.getresponse()
            return response.status, response.read()


@pytest.fixture(params=["threads", "HTTP", "REST"])
def way(request: pytest.FixtureRequest) -> Way:
    if request.param == "threads":
        way: Way = request.getfixturevalue("on_threads")(make_backend())
        return way
    live: Live = request.getfixturevalue("live")
    live.backend.close_connections()
    time.sleep(0.05)
    stage = "/prod" if request.param == "REST" else ""
    return Way(live.backend, live.server.port, live.hosts[request.param], stage)


@pytest.fixture
def on_threads(plane: Plane, serve: Callable[[Any], Any]) -> Iterator[Callable[[Backend], Way]]:
    backends: list[Backend] = []

    def make(backend: Backend) -> Way:
        backends.append(backend)
        plane.show(Route("ANY /{proxy+}", HttpProxyIntegration(f"{backend.url}/{{proxy}}")))
        return Way(backend, serve(plane.app).port, API_HOST)

    yield make
    for backend in backends:
        backend.close()


SURPLUS = {
    "a second answer at once": MINE + EVIL,
    "a second answer a moment later": MINE + PAUSE + EVIL,
    "half of a second answer": MINE + b"HTTP/1.1 200 OK\r\nContent-Le",
    "half of one, a moment later": MINE + PAUSE + b"HTTP/1.1 200 OK\r\nContent-Le",
    "a byte": MINE + b"\n",
    "a byte, a moment later": MINE + PAUSE + b"\n",
    "a line end": MINE + PAUSE + b"\r\n",
    "an interim answer": MINE + PAUSE + b"HTTP/1.1 100 Continue\r\n\r\n",
    "a body of 204": b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n" + EVIL,
    "a body of 304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil" + EVIL,
    "more than its length": ok(b"mi") + b"ne" + EVIL,
    "data behind the last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nmine\r\n0\r\n\r\n" + EVIL,
    "an answer behind an answer to be closed": ok(b"mine", "Connection: close") + EVIL,
}


@pytest.mark.parametrize("form", SURPLUS)
def test_the_next_caller_gets_the_answer_to_his_own_request(way, form):
    next_answer = ok(b"next")
    way.backend.answers[:] = [SURPLUS[form], next_answer]
    first = way.ask("/first")
    assert first[0] in (200, 204, 304, 502, 503, 504)
    assert b"evil" not in first[1]
    time.sleep(0.08 if PAUSE in SURPLUS[form] else 0)
    for path in ("/second", "/third", "/fourth"):
        assert way.ask(path) == (200, b"next")


def test_what_is_sent_as_an_answer_to_head_is_nobodys(way):
    way.backend.answers[:] = [MINE, ok(b"next")]
    assert way.ask(method="HEAD") == (200, b"")
    assert way.ask() == (200, b"next")


AMBIGUOUS = {
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nmineX",
    "a list of lengths": b"Content-Length: 4, 4\r\n\r\nmine",
    "a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a sign": b"Content-Length: +4\r\n\r\nmine",
    "a negative length": b"Content-Length: -4\r\n\r\nmine",
    "an endless length": b"Content-Length: 99999999999999999999\r\n\r\nmine",
    "a fold": b"X-Some: a\r\n Content-Length: 4\r\n\r\nmine",
    "a space before the colon": b"Content-Length : 4\r\n\r\nmine",
    "another coding": b"Transfer-Encoding: xchunked\r\n\r\n4\r\nmine\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a NUL": b"X-Some: a\0b\r\nContent-Length: 4\r\n\r\nmine",
    "an upgrade": b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}


@pytest.mark.parametrize("form", AMBIGUOUS)
def test_an_answer_with_two_ends_is_none(way, form):
    status = b"101 Switching" if form == "an upgrade" else b"200 OK"
    way.backend.answers[:] = [
        b"HTTP/1.1 %b\r\n" % status + AMBIGUOUS[form] + EVIL,
        ok(b"next"),
    ]
    status, body = way.ask()
    assert status in FAILURES
    assert b"evil" not in body
    assert way.ask() == (200, b"next")


def test_interim_answers_without_end_are_given_up(way):
    way.backend.answers[:] = [b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 20_000, ok(b"next")]
    assert way.ask()[0] in FAILURES
    assert way.ask() == (200, b"next")


def test_a_head_without_end_is_given_up(way):
    way.backend.answers[:] = [b"HTTP/1.1 200 OK\r\n" + b"X-Some: value\r\n" * 50_000, ok(b"next")]
    assert way.ask()[0] in FAILURES
    assert way.ask() == (200, b"next")


def test_a_client_that_breaks_off_leaves_no_half_request_behind(way):
    way.backend.answers[:] = [ok(b"next")]
    assert way.ask() == (200, b"next")
    with socket.create_connection(("127.0.0.1", way.port)) as sock:
        head = f"POST {way.stage}/broken HTTP/1.1\r\nHost: {way.host}\r\nContent-Length: 300000"
        sock.sendall(head.encode() + b"\r\n\r\n" + b"x" * 200_000)
        time.sleep(0.1)
    assert way.ask("/after") == (200, b"next")
    assert not any(
        b"GET /after" in request[5:]
        for request in way.backend.requests
        if request.startswith(b"POST")
    )


class Deaf(Backend):
    """Takes no notice of bodies: their bytes are its next request, as CL.0 and TE.0 would have
    it."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as source:
            while line := source.readline():
                fields = iter(source.readline, b"\r\n")
                self.requests.append(line + b"".join(fields))
                connection.sendall(ok(line.strip()))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_a_backend_that_takes_no_notice_of_a_body_answers_nobody_else_with_it(on_threads, method):
    way = on_threads(Deaf([None]))
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\nX: "
    way.ask("/attack", method, hidden)
    for path in ("/second", "/third"):
        assert way.ask(path) == (200, f"GET {path} HTTP/1.1".encode())


def test_a_backend_that_takes_no_notice_of_chunks_answers_nobody_else_with_them(on_threads):
    way = on_threads(Deaf([None]))
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\nX: "
    way.ask("/attack", "POST", iter([hidden]), encode_chunked=True)
    for path in ("/second", "/third"):
        assert way.ask(path) == (200, f"GET {path} HTTP/1.1".encode())


@pytest.mark.parametrize(
    ("fields", "beginning"),
    [
        ("Content-Length: 1000", b""),
        ("Content-Length: 1000", b"x"),
        ("Content-Length: 65536", b"x" * 65_535),
        ("Content-Length: 10000000", b"x" * 65_000),
        ("Content-Length: 10000000", b"x" * 100_000),
        ("Transfer-Encoding: chunked", b""),
        ("Transfer-Encoding: chunked", b"1\r\nx\r\n"),
    ],
)
def test_slow_clients_leave_connections_to_others(tokens, serve, fields, beginning):
    """Nothing is held before a body begins, and half of a backend's connections until it ends."""
    pool = UpstreamPool(AddressGuard(), trusted=True, connections_per_origin=4)
    backend, plane = make_backend(), Plane(tokens, pool=pool)
    plane.show(Route("ANY /{proxy+}", HttpProxyIntegration(f"{backend.url}/{{proxy}}")))
    way = Way(backend, serve(plane.app).port, API_HOST)
    head = f"POST /slow HTTP/1.1\r\nHost: {API_HOST}\r\n{fields}\r\n\r\n".encode()
    with contextlib.ExitStack() as slow:
        for _ in range(8):
            sock = slow.enter_context(socket.create_connection(("127.0.0.1", way.port)))
            sock.sendall(head + beginning)
        time.sleep(0.2)
        assert [way.ask() for _ in range(3)] == [(200, b"ok")] * 3
        assert way.ask(method="POST", body=b"x" * 1000) == (200, b"ok")
    pool.close()
    backend.close()


@pytest.mark.parametrize("first", [b"1\r\nx\r\n", b"fff0\r\n" + b"x" * 0xFFF0 + b"\r\n"])
def test_slow_streams_do_not_stand_in_others_way(live, first):
    head = live.head("HTTP", "/slow", "POST") + b"Transfer-Encoding: chunked\r\n\r\n" + first
    with contextlib.ExitStack() as slow:
        for _ in range(40):
            sock = socket.create_connection(("127.0.0.1", live.server.port))
            slow.enter_context(sock).sendall(head)
        way = Way(live.backend, live.server.port, live.hosts["HTTP"])
        assert way.ask() == (200, b"ok")


def test_many_slow_clients_do_not_hold_up_others(live):
    head = live.head("HTTP", "/slow", "POST") + b"Content-Length: 1000\r\n\r\nx"
    with contextlib.ExitStack() as slow:
        for _ in range(300):
            sock = socket.create_connection(("127.0.0.1", live.server.port))
            slow.enter_context(sock).sendall(head)
        started = time.monotonic()
        way = Way(live.backend, live.server.port, live.hosts["HTTP"])
        threads = [threading.Thread(target=way.ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - started < 12  # slow bodies have 30 seconds
        assert len(live.backend.requests) == 10
