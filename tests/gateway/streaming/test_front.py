"""Streams through the real server, from the client's socket to the backend's."""

from __future__ import annotations

import ssl

import pytest

from tests.servers.certificates import write_certificate

EVENTS = "Content-Type: text/event-stream"
KINDS = pytest.mark.parametrize("kind", ["http", "rest"])


@KINDS
def test_events_pass_one_by_one_and_the_connection_serves_again(front, backend, kind):
    served = front()
    client = served.connect(kind)
    for _ in range(2):
        backend.begin(EVENTS)
        for number in range(3):
            backend.chunk(b"data: %d\n\n" % number)
            client.read_until(b"data: %d\n\n" % number)
        backend.send(b"0\r\n\r\n")
        client.read_until(b"0\r\n\r\n")
        client.seen = backend.received = b""
        client.ask()
    assert served.state()["open"] == 1


@KINDS
def test_a_client_that_leaves_a_silent_backend_ends_the_call(front, backend, kind):
    """Nothing is written, so that only looking at the connection tells."""
    served = front()
    client = served.connect(kind)
    backend.begin(EVENTS)
    backend.chunk(b"data: 1\n\n")
    client.read_until(b"data: 1")
    assert not backend.is_gone.wait(0.4)
    client.close()
    assert backend.is_gone.wait(5)
    served.wait_until_nothing_is_open()
    assert served.state()["lines"] == ["200 the client went away"]


@KINDS
def test_a_client_that_leaves_before_the_reply_ends_the_call(front, backend, kind):
    served = front()
    client = served.connect(kind)
    backend.wait(lambda: b"\r\n\r\n" in backend.received)
    client.close()
    assert backend.is_gone.wait(5)
    served.wait_until_nothing_is_open()
    assert backend.connections == 1, "nobody asks again for a client that left"


@KINDS
def test_an_upload_is_passed_on_as_it_comes(front, backend, kind):
    served = front()
    client = served.connect(kind, method="POST", head="Content-Length: 20\r\n")
    client.socket.sendall(b"0123456789")
    backend.wait(lambda: backend.received.endswith(b"0123456789"))
    client.socket.sendall(b"abcdefghij")
    backend.wait(lambda: backend.received.endswith(b"abcdefghij"))
    backend.begin(length=2)
    backend.send(b"ok")
    client.read_until(b"\r\n\r\nok")


@KINDS
def test_an_upload_in_chunks_is_passed_on_as_it_comes(front, backend, kind):
    served = front()
    client = served.connect(kind, method="POST", head="Transfer-Encoding: chunked\r\n")
    for piece in (b"one", b"two", b"three"):
        client.socket.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        backend.wait(lambda piece=piece: backend.received.endswith(piece + b"\r\n"))
    client.socket.sendall(b"0\r\n\r\n")
    whole = b"3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"
    backend.wait(lambda: backend.received.endswith(whole))
    backend.begin(length=2)
    backend.send(b"ok")
    client.read_until(b"\r\n\r\nok")


@KINDS
def test_an_upload_that_breaks_off_is_not_a_whole_one_for_the_backend(front, backend, kind):
    served = front()
    client = served.connect(kind, method="POST", head="Transfer-Encoding: chunked\r\n")
    client.socket.sendall(b"3\r\none\r\n")
    backend.wait(lambda: backend.received.endswith(b"one\r\n"))
    client.close()
    assert backend.is_gone.wait(5)
    assert not backend.received.endswith(b"0\r\n\r\n")
    served.wait_until_nothing_is_open()


def test_a_backend_that_reads_slowly_is_not_the_clients_fault(front, backend):
    """The client's patience is not used up while the backend takes its time."""
    served = front(PATIENCE_SECONDS=0.5)
    size = 10 * 1024 * 1024
    backend.holds_back = True
    client = served.connect(method="POST", head=f"Content-Length: {size}\r\n")
    client.send_in_background(b"z" * (size - 1))
    backend.wait(lambda: backend.connection is not None)
    assert not backend.is_gone.wait(1.5)
    backend.holds_back = False
    client.sent_all()
    client.socket.sendall(b"z")
    backend.wait(lambda: len(backend.received) > size)
    backend.begin(length=2)
    backend.send(b"ok")
    client.read_until(b"\r\n\r\nok")


def test_streams_over_tls_pass_and_end_alike(front, backend, tmp_path):
    pem = write_certificate(tmp_path, "localhost")
    served = front(certificate=str(pem))
    client = served.connect(tls=ssl.create_default_context(cafile=str(pem)))
    backend.begin(EVENTS)
    for number in range(3):
        backend.chunk(b"data: %d\n\n" % number)
        client.read_until(b"data: %d\n\n" % number)
    assert not backend.is_gone.wait(0.4)
    client.close()
    assert backend.is_gone.wait(5)
