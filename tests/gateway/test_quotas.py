"""Sizes and framing that an HTTP API does not take."""

from __future__ import annotations

import pytest

from gateway.blueprint import Upstream
from gateway.quotas import PAYLOAD_BYTES, REQUEST_HEAD_BYTES
from tests.gateway.conftest import ok


@pytest.fixture
def target(upstream):
    return upstream(ok())


@pytest.fixture
def server(gateway, target):
    return gateway({"$default": Upstream(target.url, public=True)})


def _padded(server, total: int):
    """A request whose request line and header values have `total` bytes together."""
    line, host = "GET / HTTP/1.1", "x"
    padding = "y" * (total - len(line) - len(host))
    return server.raw(f"{line}\r\nHost: {host}\r\nX: {padding}\r\n\r\n".encode())


def test_a_head_of_10240_bytes_passes_and_one_more_does_not(server, target):
    assert _padded(server, REQUEST_HEAD_BYTES).startswith(b"HTTP/1.1 200 ")

    answer = _padded(server, REQUEST_HEAD_BYTES + 1)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.endswith(b'{"message":"Request Header Fields Too Large"}')
    assert len(target.requests) == 1


def test_a_long_target_counts_as_it_was_sent(server):
    escaped = "%61" * (REQUEST_HEAD_BYTES // 3)

    assert server.get(f"/{escaped}").status == 431


def test_a_body_of_10_megabytes_passes(server, target):
    answer = server.request("POST", "/", body=b"x" * PAYLOAD_BYTES)

    assert answer.status == 200
    assert len(target.requests[0].partition(b"\r\n\r\n")[2]) == PAYLOAD_BYTES


def test_a_longer_body_is_refused_before_it_is_read(server, target):
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {PAYLOAD_BYTES + 1}\r\n\r\n"

    answer = server.raw(head.encode())

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"message":"Request Entity Too Large"}')
    assert target.requests == []


def test_a_body_without_a_length_is_counted_while_it_streams(server, target):
    blocks = (b"x" * 65536 for _ in range(PAYLOAD_BYTES // 65536 + 2))

    answer = server.request("POST", "/", body=blocks, encode_chunked=True)

    assert answer.status == 413
    assert target.requests == []


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Content-Length: +3",
        "Content-Length: 3, 3",
        "Content-Length: 0x3",
        "Content-Length: -1",
    ],
)
def test_a_body_whose_end_is_doubtful_is_refused(server, target, headers):
    body = b"3\r\nabc\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = server.raw(f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode() + body)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert target.requests == []


def test_a_client_that_sends_less_than_it_announced_completes_nothing(server, target):
    answer = server.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert all(len(request.partition(b"\r\n\r\n")[2]) < 10 for request in target.requests)


def test_an_unknown_expectation_is_refused(server):
    assert server.get("/", headers={"Expect": "the-unexpected"}).status == 417


def test_a_client_that_waits_to_continue_is_told_before_it_sends(gateway, target):
    server = gateway({"POST /": target.url})

    answer = server.request("POST", "/", headers={"Expect": "100-continue"})

    assert answer.status == 401


@pytest.mark.parametrize(
    "value", ["a\rX-Evil: 1", "a\nX-Evil: 1", "a\r\n\r\nGET /evil HTTP/1.1", "a\0b"]
)
def test_no_value_ends_its_line_upstream(target, make_gateway, value):
    """Even where a WSGI server lets such a header through."""
    gateway = make_gateway({"$default": Upstream(target.url, public=True)})
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "x",
        "HTTP_X": value,
    }
    statuses = []

    body = gateway.data_plane(
        environ | {"wsgi.input": None}, lambda status, _: statuses.append(status)
    )

    assert statuses == ["400 Bad Request"]
    assert b"".join(body) == b'{"message":"Bad Request"}'
    assert target.requests == []
