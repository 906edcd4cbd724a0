"""Clients and backends that drip, fall silent, or never end: each costs a bounded time and memory,
and nobody else notices."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time

import pytest

from gateway.snapshot import HttpProxyIntegration, IntegrationResponse, RestIntegration, Route
from tests.gateway.plane import API_HOST, Plane
from tests.gateway.streaming.backend import Client
from tests.gateway.streaming.conftest import backend, front  # noqa: F401 - fixtures

HOST = "http.execute-api.localhost"
HEAD = b"HTTP/1.1 200 OK\r\n"


def seconds_until_closed(connection: socket.socket, drip: bytes = b"", every: float = 0.1) -> float:
    """How long the server bears a client that sends a byte now and then."""
    started = time.monotonic()
    connection.settimeout(every)
    with contextlib.suppress(ConnectionError):
        for byte in itertools.cycle(drip or b"\0"):
            if drip:
                connection.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if not connection.recv(65536):
                    break
            assert time.monotonic() - started < 10, "it is borne without end"
    return time.monotonic() - started


# Towards the front


def test_a_hundred_dripping_heads_hold_up_nobody_and_end(front):  # noqa: F811
    served = front(HEAD_SECONDS=3.0)
    drips = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
    for each in drips:
        each.sendall(b"GET /s HTTP/1.1\r\nHost: ")
    assert served.state()["open"] == 0
    drips[-1].setblocking(False)
    with pytest.raises(BlockingIOError):  # they are all borne yet
        drips[-1].recv(1)
    assert seconds_until_closed(drips[0], b"a") < 5
    for each in drips:
        each.close()


@pytest.mark.parametrize("head", [b"", b"GET /s HTTP/1.1\r\nHost: "])
def test_connections_that_ask_for_nothing_make_room(front, head):  # noqa: F811
    """All connections that a worker has are taken, by clients that send nothing or half a head."""
    served = front(MOST_CONNECTIONS=40, PRESSED_SECONDS=0.5)
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(60)]
    for each in held:
        each.sendall(head)
    started = time.monotonic()
    assert served.state()["open"] == 0
    assert time.monotonic() - started < 5
    for each in held:
        each.close()


def test_a_busy_connection_is_not_taken_for_one_that_asks_for_nothing(front, backend):  # noqa: F811
    served = front(MOST_CONNECTIONS=8, PRESSED_SECONDS=0.3)
    streams = [served.connect() for _ in range(7)]
    backend.wait(lambda: backend.connections == 7)
    assert not backend.is_gone.wait(1.5)
    for each in streams:
        each.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            each.socket.recv(1)


def test_a_dripping_body_ends_and_frees_the_backend(front, backend):  # noqa: F811
    served = front(PATIENCE_SECONDS=0.7)
    client = served.connect(method="POST", head="Content-Length: 100000\r\n")
    client.socket.sendall(b"first")
    backend.wait(lambda: backend.received.endswith(b"first"))
    assert seconds_until_closed(client.socket, b"x") < 5
    assert backend.is_gone.wait(5)
    served.wait_until_nothing_is_open()


@pytest.mark.parametrize("reads", [0, 1000])
def test_a_client_that_reads_nothing_or_drop_by_drop_ends(front, backend, reads):  # noqa: F811
    served = front(WRITE_SECONDS=0.7, SLOWEST_BYTES_PER_SECOND=2_000_000)
    client = served.connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    backend.begin("Content-Type: text/plain")

    def pump() -> None:
        with contextlib.suppress(OSError):
            while True:
                backend.chunk(b"y" * 65536)

    threading.Thread(target=pump, daemon=True).start()
    stop = threading.Event()

    def sip() -> None:
        with contextlib.suppress(OSError):
            while reads and not stop.wait(0.05):
                client.socket.recv(reads)

    sipping = threading.Thread(target=sip)
    sipping.start()
    assert served.state() is not None, "others are served meanwhile"
    # What the buffers of the system took counts as read, so that this may last a little.
    assert backend.is_gone.wait(10)
    served.wait_until_nothing_is_open()
    stop.set()
    sipping.join()


def test_silent_backends_hold_up_nobody(front, backend):  # noqa: F811
    served = front()
    waiting = [served.connect() for _ in range(60)]
    backend.wait(lambda: backend.connections == 60)
    started = time.monotonic()
    assert served.state()["open"] == 60
    assert time.monotonic() - started < 5
    for each in waiting:
        each.close()
    served.wait_until_nothing_is_open()


# Towards backends


@pytest.fixture
def show(plane: Plane, backend):  # noqa: F811
    """A route of an HTTP API that leads to the backend."""

    def make(timeout_ms: int = 20_000) -> None:
        plane.show(Route("ANY /s", HttpProxyIntegration(f"{backend.url}/s", timeout_ms=timeout_ms)))

    return make


@pytest.fixture
def connect(plane: Plane, serve, show):
    server = serve(plane.app)
    made: list[Client] = []

    def start(**options) -> Client:
        made.append(Client(server.port, "/s", API_HOST, **options))
        return made[-1]

    yield start
    for each in made:
        each.close()


def drip(backend, data: bytes) -> None:  # noqa: F811
    with contextlib.suppress(OSError):
        for byte in itertools.cycle(data):
            backend.connection.sendall(bytes([byte]))
            time.sleep(0.02)


def test_a_reply_that_drips_is_cut_off_when_its_time_is_over(connect, show, backend):  # noqa: F811
    show(timeout_ms=600)
    client = connect()
    backend.begin(length=100_000)
    started = time.monotonic()
    threading.Thread(target=drip, args=(backend, b"x"), daemon=True).start()
    seen = client.read_to_the_end()
    assert time.monotonic() - started < 5
    assert len(seen.partition(b"\r\n\r\n")[2]) < 100_000
    assert backend.is_gone.wait(5)


@pytest.mark.parametrize(
    "endless",
    [
        b"X-Long: " + b"x" * 1000,
        b"X-Many: x\r\n",
        b"X",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
        b" ",
    ],
)
def test_a_head_without_end_is_a_bad_gateway(connect, show, backend, endless):  # noqa: F811
    show()
    client = connect()
    interim = endless.startswith(b"HTTP")
    backend.send(b"" if interim else HEAD)
    sent = 0
    with contextlib.suppress(OSError):
        while sent < 20_000_000:
            piece = endless * (16_384 // len(endless) + 1)
            backend.connection.sendall(piece)
            sent += len(piece)
    assert backend.is_gone.wait(5)
    client.read_until(b"\r\n\r\n")
    assert client.seen.startswith(b"HTTP/1.1 502")
    assert sent < 20_000_000


@pytest.mark.parametrize(
    "endless",
    [b"0\r\nT: " + b"x" * 1000, b"5;ext=" + b"x" * 1000, b"0\r\n" + b"T: x\r\n" * 200],
    ids=["trailer", "extension", "trailers"],
)
def test_what_follows_a_body_has_an_end_as_well(connect, show, backend, endless):  # noqa: F811
    """A parser that gathers a line would gather this one until there is no memory left."""
    show()
    client = connect()
    backend.begin()
    backend.chunk(b"body")
    client.read_until(b"body")
    first, more = endless[:10], endless[10:]
    sent = 0
    with contextlib.suppress(OSError):
        backend.connection.sendall(first)
        while sent < 20_000_000:
            piece = more * (65_536 // len(more) + 1)
            backend.connection.sendall(piece)
            sent += len(piece)
    assert sent < 20_000_000
    assert backend.is_gone.wait(5)
    assert not client.read_to_the_end().endswith(b"0\r\n\r\n")


def test_a_body_without_end_is_no_reply_of_a_method_that_maps_it(
    plane,
    serve,
    backend,  # noqa: F811
):
    answers = (IntegrationResponse("200"),)
    target = RestIntegration("HTTP", "GET", f"{backend.url}/s", 20_000, responses=answers)
    plane.show_rest(Route("GET /s", target))
    server = serve(plane.app)
    with Client(server.port, "/prod/s", API_HOST) as client:
        backend.begin()
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 60_000_000:
                backend.chunk(b"x" * 65_536)
                sent += 65_536
        assert 10_000_000 < sent < 60_000_000
        client.read_until(b"\r\n\r\n")
        assert client.seen.startswith(b"HTTP/1.1 502")


def test_a_backend_has_a_bounded_share_of_connections(connect, show, backend, plane):  # noqa: F811
    plane.pool._most = 3
    show()
    held = [connect() for _ in range(3)]
    backend.wait(lambda: backend.connections == 3)
    started = time.monotonic()
    refused = connect()
    refused.read_until(b"\r\n\r\n")
    assert refused.seen.startswith(b"HTTP/1.1 503")
    assert time.monotonic() - started < 10
    assert len(held) == 3
