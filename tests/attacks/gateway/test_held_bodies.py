"""Clients who fill the memory: with large bodies that they send slowly, and with words that would
be remembered."""

from __future__ import annotations

import contextlib
import gc
import gzip
import socket
import time
import tracemalloc

import pytest

from gateway import room
from gateway.effects import Decompress
from gateway.performers.compressing import decompress
from gateway.snapshot import IntegrationResponse, RestIntegration, RestMethod, RestSettings, Route
from gateway.wsgi.requests import read_request
from tests.gateway.conftest import ok
from tests.gateway.plane import API_HOST, Plane

MEGABYTE = 1024 * 1024
ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.url_scheme": "http"}
RESPONSES = (IntegrationResponse("200"),)


@pytest.fixture
def server(tokens, serve, upstream, monkeypatch):
    monkeypatch.setattr(room, "MOST_HELD_BYTES", 4 * MEGABYTE)
    plane = Plane(tokens)
    target = upstream(ok())
    integration = RestIntegration("HTTP", "POST", target.url, responses=RESPONSES)
    plane.show_rest(Route("POST /pets", integration, rest=RestMethod("r")))
    yield serve(plane.app)
    plane.pool.close()


def send(server, size: int) -> int:
    headers = {"Host": API_HOST}
    return server.request("POST", "/prod/pets", headers=headers, body=b"x" * size).status


def hold(server, size: int) -> socket.socket:
    """All but the last byte of a body."""
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    head = f"POST /prod/pets HTTP/1.1\r\nHost: {API_HOST}\r\nContent-Length: {size}\r\n\r\n"
    sock.sendall(head.encode() + b"x" * (size - 1))
    return sock


def test_many_large_bodies_do_not_fill_the_memory(server):
    with contextlib.ExitStack() as slow:
        for _ in range(3):
            slow.enter_context(hold(server, MEGABYTE + 1000))
        time.sleep(0.3)
        assert send(server, 2 * MEGABYTE) == 503
        assert send(server, 1000) == 200
    wait_for(lambda: send(server, 2 * MEGABYTE) == 200)


def test_a_body_counts_as_large_as_it_is_unpacked(tokens, serve, upstream, monkeypatch):
    monkeypatch.setattr(room, "MOST_HELD_BYTES", 4 * MEGABYTE)
    plane = Plane(tokens, performers={Decompress: decompress})
    integration = RestIntegration("HTTP", "POST", upstream(ok()).url, responses=RESPONSES)
    route = Route("POST /pets", integration, rest=RestMethod("r"))
    plane.show_rest(route, rest=RestSettings(minimum_compression_size=10_000))
    server = serve(plane.app)
    headers = {"Host": API_HOST, "Content-Encoding": "gzip"}
    for size, status in ((5, 503), (3, 200), (3, 200)):
        body = gzip.compress(bytes(size * MEGABYTE))
        assert server.request("POST", "/prod/pets", headers=headers, body=body).status == status
    plane.pool.close()


def test_what_is_answered_is_held_no_longer(server):
    for _ in range(8):
        assert send(server, 3 * MEGABYTE) == 200


def test_a_refused_body_leaves_its_room(server):
    for _ in range(5):
        assert send(server, 5 * MEGABYTE) == 503
    assert send(server, 3 * MEGABYTE) == 200


def test_long_names_of_headers_are_not_remembered():
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(300):
            name = f"X-{number}-{'a' * 20_000}"
            read_request({**ENVIRON, f"HTTP_{name.upper().replace('-', '_')}": "x"}, "id")
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 1_000_000
    finally:
        tracemalloc.stop()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
