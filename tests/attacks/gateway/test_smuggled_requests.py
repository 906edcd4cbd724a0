"""Requests that a gateway and its backend could count differently, over raw sockets against the
server as it is run. Each is answered with a refusal, ends its connection and reaches no backend."""

from __future__ import annotations

import pytest

from tests.attacks.gateway.live import KINDS, Live, statuses

ALONE = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def post(live: Live, kind: str, fields: bytes, body: bytes = b"") -> bytes:
    return live.head(kind, method="POST") + fields + b"\r\n" + body


def assert_refused(live: Live, answers: bytes, *allowed: int) -> None:
    assert len(statuses(answers)) == 1
    assert statuses(answers)[0] in (allowed or (400,))
    assert b"Connection: close" in answers or b"connection: close" in answers
    assert b"Traceback" not in answers
    assert live.backend.requests == []


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


AMBIGUOUS = {
    "CL.TE": (b"Content-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nG"),
    "TE.CL": (CHUNKED + b"Content-Length: 4\r\n", b"1c\r\n" + ALONE[:28] + b"\r\n0\r\n\r\n"),
    "TE.CL, no length": (CHUNKED + b"Content-Length: 0\r\n", b"0\r\n\r\n"),
    "TE.0, a coding of no kind": (CHUNKED + b"Content-Length: \r\n", ALONE),
    "CL.CL": (b"Content-Length: 5\r\nContent-Length: 0\r\n", b"12345"),
    "CL.CL, the same": (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"12345"),
    "CL, a list": (b"Content-Length: 5, 5\r\n", b"12345"),
    "CL, a plus": (b"Content-Length: +5\r\n", b"12345"),
    "CL, a minus": (b"Content-Length: -5\r\n", b"12345"),
    "CL, minus nothing": (b"Content-Length: -0\r\n", b""),
    "CL, hexadecimal": (b"Content-Length: 0x5\r\n", b"12345"),
    "CL, a fraction": (b"Content-Length: 5.0\r\n", b"12345"),
    "CL, an underscore": (b"Content-Length: 1_0\r\n", b"1234567890"),
    "CL, inner space": (b"Content-Length: 1 0\r\n", b"1234567890"),
    "CL, other digits": ("Content-Length: \u0665\r\n".encode(), b"12345"),
    "CL, superscript": (b"Content-Length: \xb2\r\n", b"12"),
    "CL, empty": (b"Content-Length:\r\n", b""),
    "CL, huge": (b"Content-Length: 18446744073709551617\r\n", b"1"),
    "CL, a form feed": (b"Content-Length: \x0c5\r\n", b"12345"),
    "obs-fold": (b"X-Some: a\r\n b\r\n", b""),
    "obs-fold of a coding": (b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "obs-fold first": (b" X-Some: a\r\n", b""),
    "obs-fold by a tab": (b"X-Some: a\r\n\tContent-Length: 5\r\n", b"12345"),
    "bare LF": (b"X-Some: a\nContent-Length: 5\r\n", b"12345"),
    "bare CR": (b"X-Some: a\rContent-Length: 5\r\n", b"12345"),
    "CR CR LF": (b"X-Some: a\r\r\n", b""),
    "space before the colon": (b"Content-Length : 5\r\n", b"12345"),
    "tab before the colon": (b"Transfer-Encoding\t: chunked\r\n", b"0\r\n\r\n"),
    "no colon": (b"Content-Length 5\r\n", b""),
    "no name": (b": chunked\r\n", b""),
    "NUL in a name": (b"X\0: a\r\n", b""),
    "NUL in a value": (b"X-Some: a\0b\r\n", b""),
    "a control character": (b"X-Some: a\x01b\r\n", b""),
    "an odd name": (b"Content-Length\xa0: 5\r\n", b""),
    "a second host": (b"Host: another\r\n", b""),
    "TE twice": (CHUNKED * 2, b"0\r\n\r\n"),
    "TE by two names": (CHUNKED + b"transfer-encoding: identity\r\n", b"0\r\n\r\n"),
    "TE behind a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
}


@pytest.mark.parametrize("first_packet", [0, 20])
@pytest.mark.parametrize("form", AMBIGUOUS)
def test_a_head_that_two_parsers_could_read_differently(live, kind, form, first_packet):
    fields, body = AMBIGUOUS[form]
    data = post(live, kind, fields, body) + ALONE
    assert_refused(live, live.raw(data, first_packet=first_packet))


@pytest.mark.parametrize(
    "coding",
    [
        b"xchunked",
        b"chunked, chunked",
        b"gzip, chunked",
        b"chunked, identity",
        b"identity",
        b'"chunked"',
        b"chunked;q=1",
        b"cow, chunked",
        b"",
    ],
)
def test_a_coding_that_is_not_chunked_alone(live, kind, coding):
    """RFC 9112 §6.1: a server that does not understand a transfer coding "SHOULD respond with 501
    (Not Implemented)"."""
    data = post(live, kind, b"Transfer-Encoding: " + coding + b"\r\n", b"0\r\n\r\n") + ALONE
    assert_refused(live, live.raw(data), 400, 501)


@pytest.mark.parametrize(
    "version", [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.2", b"http/1.1"]
)
def test_chunks_in_another_version(live, kind, version):
    data = post(live, kind, CHUNKED, b"0\r\n\r\n").replace(b"HTTP/1.1", version, 1) + ALONE
    assert_refused(live, live.raw(data), 400, 505)


@pytest.mark.parametrize(
    "line",
    [
        b"GET  /seen HTTP/1.1",
        b"GET /seen  HTTP/1.1",
        b"GET\t/seen\tHTTP/1.1",
        b" GET /seen HTTP/1.1",
        b"GET /seen HTTP/1.1 ",
        b"GET /seen",
        b"GET /se\0en HTTP/1.1",
        b"GET /seen\rX HTTP/1.1",
        b"GET /s\xc3\xa9en HTTP/1.1",
        b"GET seen HTTP/1.1",
        b"GET /seen#part HTTP/1.1",
        b"GET http://a@b/seen HTTP/1.1",
        b"GET ftp://b/seen HTTP/1.1",
        b"CONNECT inner:80 HTTP/1.1",
        b"G@T /seen HTTP/1.1",
        b"GET /seen HTTP/1.1\nHost: x",
    ],
)
def test_a_request_line_that_is_none(live, kind, line):
    fields = live.head(kind).partition(b"\r\n")[2]
    assert_refused(live, live.raw(line + b"\r\n" + fields + b"\r\n" + ALONE), 400, 405)


MALFORMED_CHUNKS = {
    "a bare LF behind the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare LF in an extension": b"5;a\n=b\r\nhello\r\n0\r\n\r\n",
    "a bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "a NUL in an extension": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "an endless extension": b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-1\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\n0123456789012345\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "leading zeros without end": b"0" * 5000 + b"5\r\nhello\r\n0\r\n\r\n",
    "a space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "more than its size": b"5\r\nhelloXX\r\n0\r\n\r\n",
    "no line end": b"5\r\nhello0\r\n\r\n",
    "a bare LF behind the data": b"5\r\nhello\n0\r\n\r\n",
    "broken off": b"5\r\nhe",
    "a trailer that folds": b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
    "a trailer with a bare LF": b"5\r\nhello\r\n0\r\nX: a\n\r\n",
    "a trailer without a colon": b"5\r\nhello\r\n0\r\nX\r\n\r\n",
    "trailers without end": b"5\r\nhello\r\n0\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
}


@pytest.mark.parametrize("form", MALFORMED_CHUNKS)
def test_a_malformed_chunk(live, kind, form):
    """A backend may have been sent the chunks before the malformed one; it sees no end of them."""
    data = post(live, kind, CHUNKED, MALFORMED_CHUNKS[form]) + ALONE
    answers = live.raw(data)
    assert statuses(answers) == [400]
    assert not any(b"hidden" in request for request in live.backend.requests)


def test_trailers_reach_no_backend(live, kind):
    trailers = b"X-Forwarded-For: 6.6.6.6\r\nAuthorization: 6.6.6.6\r\nContent-Length: 1\r\n"
    data = post(live, kind, CHUNKED, b"5;ext=1\r\nhello\r\n0\r\n" + trailers + b"\r\n")
    assert statuses(live.raw(data)) == [200]
    [request] = live.backend.requests
    assert b"hello" in request
    assert b"6.6.6.6" not in request
    assert b"ext=1" not in request


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "POST"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_is_never_another_request(live, kind, method, is_chunked):
    """CL.0 and TE.0: a body on a method that has none stays one, on the way in and on the way
    out."""
    if is_chunked:
        fields, body = CHUNKED, b"%x\r\n%b\r\n0\r\n\r\n" % (len(ALONE), ALONE)
    else:
        fields, body = b"Content-Length: %d\r\n" % len(ALONE), ALONE
    answers = live.raw(live.head(kind, method=method) + fields + b"\r\n" + body)
    assert len(statuses(answers)) == 1
    assert not any(request.startswith(b"GET /hidden") for request in live.backend.requests)
    assert len(live.backend.requests) <= 1


def test_requests_in_one_packet_are_answered_in_order(live, kind):
    paths = [f"/a{number}" for number in range(5)]
    answers = live.raw(b"".join(live.head(kind, path) + b"\r\n" for path in paths))
    assert statuses(answers) == [200] * 5
    assert [head.split()[1] for head in live.backend.heads()] == paths


@pytest.mark.parametrize("where", ["target", "query", "field"])
@pytest.mark.parametrize(("more", "allowed"), [(0, {200}), (1, {414, 431})])
def test_a_head_has_10240_bytes_at_most(live, kind, where, more, allowed):
    """Developer guide: "Total combined size of request line and header values"."""
    host = live.hosts[kind]
    line = live.head(kind).partition(b"\r\n")[0]
    left = 10_240 - len(line) - len(host) + more
    if where == "field":
        data = live.head(kind) + b"X-Long: " + b"a" * left + b"\r\n\r\n"
    else:
        longer = (b"?" if where == "query" else b"/") + b"a" * (left - 1)
        data = live.head(kind).replace(b"/seen", b"/seen" + longer, 1) + b"\r\n"
    assert statuses(live.raw(data))[0] in allowed
    assert len(live.backend.requests) == (200 in allowed)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 1000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: " + b"a" * 300 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"A" * 100_000, 414),
    ],
)
def test_a_head_without_end_is_given_up(live, data, status):
    assert_refused(live, live.raw(data), status)


UPGRADES = {
    "websocket": b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "h2c": b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMA\r\n",
    "TLS": b"Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n",
    "two": b"Upgrade: websocket, h2c\r\nConnection: keep-alive, Upgrade\r\n",
}


@pytest.mark.parametrize("form", UPGRADES)
def test_an_upgrade_opens_no_tunnel(live, kind, form):
    """What follows would pass by every guard (h2c smuggling, WebSocket smuggling)."""
    answers = live.raw(live.head(kind, method="GET") + UPGRADES[form] + b"\r\n" + ALONE)
    assert statuses(answers)[0] == 200
    assert 101 not in statuses(answers)
    [head] = live.backend.heads()[:1]
    names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:]}
    assert not names & {"upgrade", "connection", "http2-settings"}
    assert not any(request.startswith(b"GET /hidden") for request in live.backend.requests)


def test_a_backend_cannot_switch_protocols(live, kind):
    live.backend.answers[:] = [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"]
    answers = live.raw(live.head(kind) + UPGRADES["websocket"] + b"\r\n" + ALONE)
    assert statuses(answers)[0] in (500, 502, 504)
