"""Server-sent events, long downloads and uploads: nothing is buffered, and every end is seen."""

from __future__ import annotations

import threading

EVENTS = "Content-Type: text/event-stream"


def test_each_event_arrives_when_it_is_sent(connect, backend):
    client = connect()
    backend.begin(EVENTS)
    for number in range(5):
        backend.chunk(b"data: %d\n\n" % number)
        client.read_until(b"data: %d\n\n" % number)
    backend.send(b"0\r\n\r\n")
    assert client.read_to_the_end().endswith(b"0\r\n\r\n")
    assert b"text/event-stream" in client.seen


def test_a_client_that_goes_away_closes_the_upstream(connect, backend):
    client = connect()
    backend.begin(EVENTS)
    backend.chunk(b"data: 1\n\n")
    client.read_until(b"data: 1")
    client.close()

    def is_noticed() -> bool:
        try:
            backend.chunk(b"data: more\n\n")
        except OSError:
            return True
        return backend.is_gone.wait(0.05)

    backend.wait(is_noticed)


def test_an_upstream_that_breaks_off_is_seen_as_broken(connect, backend):
    client = connect()
    backend.begin(EVENTS)
    backend.chunk(b"data: 1\n\n")
    client.read_until(b"data: 1")
    backend.break_off()
    assert not client.read_to_the_end().endswith(b"0\r\n\r\n")


def test_an_upstream_that_sends_less_than_it_announced_is_seen_as_broken(connect, backend):
    client = connect()
    backend.begin(length=1000)
    backend.send(b"x" * 10)
    client.read_until(b"x" * 10)
    backend.break_off()
    seen = client.read_to_the_end()
    assert b"content-length: 1000" in seen.lower()
    assert seen.count(b"x" * 10) == 1


def test_an_upstream_that_falls_silent_is_cut_off(connect, backend, plane):
    plane.pool.idle = 0.3
    client = connect()
    backend.begin(EVENTS)
    for number in range(4):
        backend.chunk(b"data: %d\n\n" % number)
        client.read_until(b"data: %d\n\n" % number)
        assert not backend.is_gone.wait(0.15)
    assert backend.is_gone.wait(5)
    assert not client.read_to_the_end().endswith(b"0\r\n\r\n")


def test_an_upstream_that_never_begins_is_a_timeout(connect, backend, plane):
    plane.pool.idle = 0.2
    client = connect()
    client.read_until(b"\r\n\r\n")
    assert client.seen.startswith(b"HTTP/1.1 504")


def test_a_download_waits_for_a_slow_client(connect, backend):
    """What the client has not read is not read from the upstream either."""
    client = connect()
    size = 64 * 1024 * 1024
    backend.begin(length=size)
    sent = 0

    def pump() -> None:
        nonlocal sent
        block = b"y" * 65536
        for _ in range(size // len(block)):
            backend.send(block)
            sent += len(block)

    pumping = threading.Thread(target=pump, daemon=True)
    pumping.start()
    client.read_until(b"yyyy")
    before = -1
    while before != sent:
        before = sent
        pumping.join(0.3)
    assert sent < size // 2
    received = len(client.read_exactly(size))
    assert received == size
    pumping.join(10)
    assert sent == size


def test_an_upload_is_passed_on_as_it_comes(connect, backend):
    client = connect(method="POST", head="Content-Length: 30\r\n")
    client.socket.sendall(b"0123456789")
    backend.wait(lambda: backend.received.endswith(b"0123456789"))
    client.socket.sendall(b"abcdefghij")
    backend.wait(lambda: backend.received.endswith(b"abcdefghij"))
    client.socket.sendall(b"ABCDEFGHIJ")
    backend.wait(lambda: backend.received.endswith(b"ABCDEFGHIJ"))
    backend.begin(length=2)
    backend.send(b"ok")
    client.read_until(b"ok")


def test_an_upload_that_breaks_off_is_not_a_whole_one_for_the_upstream(connect, backend):
    client = connect(method="POST", head="Content-Length: 30\r\n")
    client.socket.sendall(b"0123456789")
    backend.wait(lambda: backend.received.endswith(b"0123456789"))
    client.close()
    assert backend.is_gone.wait(5)
    assert backend.received.endswith(b"0123456789")
