"""What our parser takes, other parsers read in the same way: the same request, and one of them.

The others are llhttp, which node's servers use, and gunicorn's, which many backends stand behind.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import httptools
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.header_rules import for_upstream
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.errors import UnsendableRequest
from gateway.integrations.message import UpstreamRequest
from gateway.wsgi.requests import BadFraming, read_request
from poolgate.server import environment, request_head
from poolgate.server.request_head import RequestHead, RequestRefused

NEXT = b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n"
LINES = (
    b"GET /a HTTP/1.1|POST /a HTTP/1.1|PUT /a?b=c%0d%0a HTTP/1.1|HEAD /a HTTP/1.1|GET /a HTTP/1.0|"
    b"GET http://x/a HTTP/1.1|OPTIONS * HTTP/1.1|GET  /a HTTP/1.1|GET /\xe9 HTTP/1.1"
)
PLAIN = (
    b"Content-Length: 4|Content-Length: 4|Content-Length: 04|Content-Length:4 |content-length: 5|"
    b"Transfer-Encoding: chunked|transfer-encoding:Chunked|Transfer-Encoding:\tchunked|"
    b"X: \xff\x80|X:|X: a\tb|X_Y: 1|Expect: 100-continue|Trailer: Content-Length|Content-Type: a/b|"
    b"Connection: keep-alive, content-length|Connection: close|Upgrade: h2c|TE: trailers|Via: 1.0 x"
)
ODD = (
    b"Host: x|Content-Length: +4|Content-Length: 4, 4|Content-Length: 0|Transfer-Encoding: x|"
    b"Transfer-Encoding: chunked, chunked|Transfer-Encoding: identity|transfer-encoding : chunked|"
    b'X: a\x0bb|X: a\nContent-Length: 4|X: a\rb|X: a\0b| folded|\tfolded|: none|No colon|"X": 1'
)
_LINES = st.sampled_from(LINES.split(b"|"))
_PLAIN = st.lists(st.sampled_from(PLAIN.split(b"|")), max_size=3)
_ODD = st.lists(st.sampled_from(ODD.split(b"|")) | st.binary(max_size=8), max_size=1)
_HEADS = st.tuples(_LINES, _PLAIN, _ODD).map(
    lambda parts: b"\r\n".join([parts[0], b"Host: x", *parts[1], *parts[2]]) + b"\r\n"
)


def taken(head: bytes) -> RequestHead | None:
    try:
        return request_head.parse(head)
    except RequestRefused:
        return None


def body_of(head: RequestHead) -> tuple[bytes, bytes]:
    """A body as our parser says it is framed, on the wire and as it is read."""
    if head.is_chunked:
        return b"4\r\nbody\r\n0\r\n\r\n", b"body"
    plain = b"body!"[: head.content_length or 0].ljust(head.content_length or 0, b"x")
    return plain, plain


class Messages:
    """What llhttp reads."""

    def __init__(self, data: bytes) -> None:
        self.urls: list[bytes] = []
        self.bodies: list[bytes] = []
        self.fields: list[list[tuple[bytes, bytes]]] = []
        parser = httptools.HttpRequestParser(self)
        # That a connection closes or is upgraded ends what it reads; what comes then is not read.
        with contextlib.suppress(httptools.HttpParserUpgrade):
            parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.urls.append(b"")
        self.bodies.append(b"")
        self.fields.append([])

    def on_url(self, part: bytes) -> None:
        self.urls[-1] += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields[-1].append((name.lower(), value.strip(b" \t")))

    def on_body(self, part: bytes) -> None:
        self.bodies[-1] += part


@settings(max_examples=800, deadline=None)
@given(_HEADS)
def test_what_is_taken_is_one_request_to_llhttp(head):
    ours = taken(head)
    if ours is None or b"\nConnection:" in head or b"\nUpgrade:" in head:
        return
    if b" * " in head.partition(b"\r\n")[0]:
        return
    wire, plain = body_of(ours)
    try:
        theirs = Messages(head + b"\r\n" + wire + NEXT)
    except httptools.HttpParserError:
        return  # refused there: nothing is smuggled
    if ours.version == "HTTP/1.0":
        assert theirs.bodies[0] == plain
        return
    assert theirs.bodies == [plain, b""]
    assert theirs.urls[1] == b"/next"


def read_by_gunicorn(data: bytes) -> list[tuple[str, str, dict[str, str], bytes]]:
    parser = RequestParser(Config(), iter([data]), ("127.0.0.1", 1))
    requests = []
    for request in itertools.islice(parser, 3):
        body = request.body.read()
        requests.append((request.method, request.uri, dict(request.headers), body))
    return requests


def upstream_request(head: RequestHead) -> UpstreamRequest | None:
    """What the gateway makes of a head."""
    environ: dict[str, Any] = {"wsgi.url_scheme": "http"}
    environment.describe(environ, head, ("127.0.0.1", 1))
    try:
        request = read_request(environ, "id")
    except BadFraming:
        return None
    return UpstreamRequest(
        origin=Endpoint.compile("http://backend.example/", {}).origin,
        method=request.method,
        target="/a",
        headers=tuple(for_upstream(request.headers)),
        timeout=1.0,
        authority="backend.example",
        content_length=request.content_length,
        is_chunked=request.is_chunked,
    )


@settings(max_examples=800, deadline=None)
@given(_HEADS)
def test_what_is_sent_upstream_is_one_request_to_everybody(head):
    ours = taken(head)
    request = upstream_request(ours) if ours else None
    if ours is None or request is None:
        return
    wire, plain = body_of(ours)
    try:
        data = request.head() + wire
    except UnsendableRequest:
        return
    theirs = Messages(data + NEXT)
    assert theirs.urls == [b"/a", b"/next"]
    assert theirs.bodies == [plain, b""]
    names = [name for name, _ in theirs.fields[0]]
    assert len(names) == len(set(names))
    assert not {b"connection", b"upgrade", b"te", b"trailer", b"expect"} & set(names)
    (method, uri, fields, body), second = read_by_gunicorn(data + NEXT)
    assert (method, uri, body) == (request.method, "/a", plain)
    assert {name.lower() for name in fields} == {name.decode("latin-1") for name in names}
    assert second[1] == "/next"
