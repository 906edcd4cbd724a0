"""Backends that answer before they have read what they were sent."""

from __future__ import annotations

import time

import pytest

from tests.gateway.plane import API_HOST
from tests.gateway.streaming.backend import Client

SIZE = 9 * 1024 * 1024
REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large"


def upload(server, target: str, head: str = "") -> Client:
    return Client(server.port, target, API_HOST, method="POST", head=f"{head}\r\n".lstrip())


@pytest.mark.parametrize("reads", [True, False])
def test_a_refusal_ends_the_upload_and_reaches_the_client(server, target, backend, reads):
    backend.holds_back = not reads
    with upload(server, target, f"Content-Length: {SIZE}") as client:
        client.send_in_background(b"z" * (SIZE - 1))
        backend.wait(lambda: backend.connection is not None)
        if reads:
            backend.wait(lambda: len(backend.received) > 100_000)
        else:
            time.sleep(0.7)  # more than the buffers on the way hold: the gateway cannot go on
        backend.connection.sendall(REFUSAL)
        client.read_until(b"too large")
        assert client.seen.startswith(b"HTTP/1.1 413")
        backend.holds_back = False
        assert backend.is_gone.wait(5), (
            "a connection with half a request on it is of no further use"
        )
        client.socket.close()


def test_what_is_answered_on_the_way_does_not_stop_an_upload(server, target, backend):
    """A backend may begin its reply with what it has read, as an echo does."""
    with upload(server, target, f"Content-Length: {SIZE}") as client:
        client.send_in_background(b"z" * (SIZE - 1))
        backend.wait(lambda: len(backend.received) > 100_000)
        backend.begin("Content-Type: text/plain")
        backend.chunk(b"so far")
        client.sent_all()
        client.socket.sendall(b"z")
        backend.wait(lambda: len(backend.received) > SIZE)
        backend.chunk(b"all")
        backend.send(b"0\r\n\r\n")
        client.read_until(b"0\r\n\r\n")
        assert b"so far" in client.seen
        assert b"all" in client.seen


def test_an_echo_that_answers_while_it_reads_does_not_stall(server, target, backend):
    backend.echoes = True
    with upload(server, target, f"Content-Length: {SIZE}") as client:
        client.send_in_background(bytes(range(256)) * (SIZE // 256))
        client.read_until(b"\r\n\r\n")
        assert len(client.read_exactly(SIZE)) == SIZE
