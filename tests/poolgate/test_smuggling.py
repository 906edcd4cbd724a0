"""Requests over raw sockets that try to hide a second one, or to break the server."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from tests.poolgate.conftest import Toy, receive

HIDDEN = b"GET /echo/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(*fields: bytes, body: bytes = b"") -> bytes:
    lines = [b"POST /echo/seen HTTP/1.1", b"Host: localhost", *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def statuses(answers: bytes) -> list[int]:
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("first_packet", [None, 10])
@pytest.mark.parametrize(
    "request_bytes",
    [
        post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        post(b"Content-Length: 0", b"Content-Length: 5"),
        post(b"Content-Length: 0, 5"),
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
        post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
        post(b"Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n"),
        post(b"X: y\rContent-Length: 5"),
        post(b"X: y\nContent-Length: 5"),
        b"GET /echo HTTP/1.1\nHost: localhost\n\n",
        b"GET /echo\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_request_that_two_parsers_may_read_differently_ends_the_connection(
    toy: Toy, request_bytes: bytes, first_packet: int | None
) -> None:
    answers = toy.raw(request_bytes + HIDDEN, half_close=True, first_packet=first_packet)
    assert len(statuses(answers)) == 1
    assert statuses(answers)[0] in (400, 501, 505)
    assert b"hidden" not in answers
    assert b"Connection: close" in answers
    assert b"Traceback" not in answers


@pytest.mark.parametrize(
    "chunks",
    [
        b"5;a\n=b\r\nhello\r\n0\r\n\r\n",
        b"5 \nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX Y: z\r\n\r\n",
        b"5\r\nhello\r\n0\r\n" + b"a: b\r\n" * 300 + b"\r\n",
        b"5\r\nhello\r\n0\r\na: b\n\r\n",
        b"5\r\nhello\r\n",
    ],
)
def test_a_malformed_chunk_is_a_400_and_ends_the_connection(toy: Toy, chunks: bytes) -> None:
    answers = toy.raw(post(b"Transfer-Encoding: chunked", body=chunks) + HIDDEN, half_close=True)
    assert statuses(answers) == [400]
    assert b"hidden" not in answers


def test_a_chunked_body_arrives_whole_and_its_trailers_are_dropped(toy: Toy) -> None:
    body = b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: a\r\n\r\n"
    answers = toy.raw(post(b"Transfer-Encoding: chunked", body=body) + HIDDEN, half_close=True)
    assert statuses(answers) == [200, 200]
    assert b'"body":"hello world"' in answers
    assert b"X-Trailer" not in answers


@pytest.mark.parametrize("first_packet", [10, 60, 77, 79, 80, 83])
def test_a_request_in_two_packets_is_the_request_that_was_sent(toy: Toy, first_packet: int) -> None:
    request = post(b"X-Some: field", b"Content-Length: 5", body=b"12345")
    assert request[:80].endswith(b"\r\n\r\n1")
    answers = toy.raw(request + HIDDEN, half_close=True, first_packet=first_packet)
    assert statuses(answers) == [200, 200]
    assert b'"body":"12345"' in answers
    assert answers.index(b"12345") < answers.index(b"hidden")


def test_pipelined_requests_are_answered_in_order(toy: Toy) -> None:
    first = post(b"Content-Length: 5", body=b"12345")
    answers = toy.raw(first + HIDDEN + first, half_close=True)
    assert statuses(answers) == [200, 200, 200]
    assert answers.index(b"12345") < answers.index(b"hidden") < answers.rindex(b"12345")


def test_an_unread_body_is_not_taken_for_a_request(toy: Toy) -> None:
    body = HIDDEN
    request = (b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    answers = toy.raw(request + HIDDEN, half_close=True)
    assert statuses(answers) == [413, 200]
    assert answers.count(b"hidden") == 2  # once in `path`, once in `raw`, of the second answer


def test_a_large_unread_body_ends_the_connection_but_the_answer_arrives(toy: Toy) -> None:
    head = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n"
    assert statuses(toy.raw(head + bytes(600000), seconds=3)) == [413]


def test_100_continue_is_sent_when_the_application_reads(toy: Toy) -> None:
    with toy.connect() as connection:
        connection.sendall(post(b"Content-Length: 5", b"Expect: 100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert b'"body":"hello"' in receive(connection)


def test_without_100_continue_the_answer_ends_the_connection(toy: Toy) -> None:
    request = (
        b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
    answers = toy.raw(request, half_close=True)
    assert statuses(answers) == [413]


def test_a_broken_off_body_is_refused(toy: Toy) -> None:
    answers = toy.raw(post(b"Content-Length: 10", body=b"12345"), half_close=True)
    assert statuses(answers) == [400]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 300 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ],
)
def test_limits_have_their_own_statuses(toy: Toy, request_bytes: bytes, status: int) -> None:
    assert statuses(toy.raw(request_bytes, half_close=True)) == [status]


def test_a_long_head_within_the_limit_is_served(toy: Toy) -> None:
    request = b"GET /echo?x=" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    assert statuses(toy.raw(request, half_close=True)) == [200]


def test_fields_with_underscores_do_not_pass_for_those_with_hyphens(toy: Toy) -> None:
    request = b"GET /echo HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\nX_Evil: 1\r\n\r\n"
    answer = toy.raw(request, half_close=True)
    assert b"6.6.6.6" not in answer
    assert b"Evil" not in answer


def test_head_is_answered_without_content(toy: Toy) -> None:
    for path in (b"/echo", b"/stream"):
        answer = toy.raw(b"HEAD %s HTTP/1.1\r\nHost: a\r\n\r\n" % path + HIDDEN, half_close=True)
        assert statuses(answer) == [200, 200]
        assert answer.split(b"\r\n\r\n")[1].startswith(b"HTTP/1.1 200")


def test_the_raw_target_reaches_the_application(toy: Toy) -> None:
    answer = toy.raw(b"GET /echo/a%2Fb%20c?d=%2f HTTP/1.1\r\nHost: a\r\n\r\n", half_close=True)
    seen = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert seen["raw"] == "/echo/a%2Fb%20c?d=%2f"
    assert seen["path"] == "a/b c"


def test_a_slow_client_holds_up_no_other(toy: Toy) -> None:
    slow = [toy.connect() for _ in range(20)]
    for connection in slow:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1")
    start = time.monotonic()
    assert toy.get("/")["pid"]
    assert time.monotonic() - start < 5
    for connection in slow:
        connection.close()


def test_forwarded_headers_of_a_trusted_proxy_decide(toy: Toy) -> None:
    seen = toy.get(
        "/echo",
        **{
            "X-Forwarded-For": "1.2.3.4, 203.0.113.9",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "auth.example.com",
        },
    )
    assert (seen["client"], seen["scheme"], seen["host"]) == (
        "203.0.113.9",
        "https",
        "auth.example.com",
    )


def test_requests_sent_ahead_do_not_keep_the_server_to_themselves(toy: Toy) -> None:
    count = 4000
    with toy.connect() as greedy:
        threading.Thread(target=_send, args=(greedy, HIDDEN * count), daemon=True).start()
        # It answers the greedy client meanwhile, as far as he reads.
        greedy.settimeout(10)
        received = greedy.recv(65536)
        began = time.monotonic()
        assert toy.get("/")["pid"]
        waited = time.monotonic() - began
        while received.count(b"HTTP/1.1 200") < count and time.monotonic() - began < 20:
            received += greedy.recv(65536)
        assert waited < (time.monotonic() - began) / 4


def _send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
