"""The strict reader of request heads, as a function."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolgate.server import request_head
from poolgate.server.request_head import RequestHead, RequestRefused

HOST = b"Host: localhost\r\n"


def parse(line: bytes, fields: Iterable[bytes]) -> RequestHead:
    return request_head.parse(b"".join((line, *fields)))


def head(line: bytes, *fields: bytes) -> RequestHead:
    return parse(line + b" HTTP/1.1\r\n", [HOST, *fields])


def test_the_target_stays_as_it_was_sent() -> None:
    assert head(b"GET /a%2Fb/%c3%a9?x=%20&y").target == "/a%2Fb/%c3%a9?x=%20&y"


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\n",
        b"GET  / HTTP/1.1\r\n",
        b" GET / HTTP/1.1\r\n",
        b"GET /\r\n",
        b"GET / HTTP/1.1 \r\n",
        b"GET / http/1.1\r\n",
        b"GET /\x00 HTTP/1.1\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n",
        b"GET /\rX HTTP/1.1\r\n",
        b"G(T / HTTP/1.1\r\n",
        b"GET localhost/ HTTP/1.1\r\n",
        b"GET * HTTP/1.1\r\n",
        b"CONNECT localhost:443 HTTP/1.1\r\n",
        b"GET /#fragment HTTP/1.1\r\n",
        b"GET ftp://localhost/ HTTP/1.1\r\n",
        b"GET http://user@localhost/ HTTP/1.1\r\n",
    ],
)
def test_a_malformed_request_line_is_refused(line: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse(line, [HOST])
    assert refused.value.status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("version", [b"0.9", b"1.2", b"2.0", b"9.9"])
def test_other_versions_are_refused(version: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse(b"GET / HTTP/" + version + b"\r\n", [HOST])
    assert refused.value.status == HTTPStatus.HTTP_VERSION_NOT_SUPPORTED


@pytest.mark.parametrize(
    "field",
    [
        b"X-A : b\r\n",
        b" X-A: b\r\n",
        b"\tfolded\r\n",
        b": b\r\n",
        b"X-A\r\n",
        b"X-A: b\n",
        b"X-A: b\rX-B: c\r\n",
        b"X-A: b\x00c\r\n",
        b"X A: b\r\n",
        b"X-\xe9: b\r\n",
        b"\r: b\r\n",
    ],
)
def test_a_malformed_field_is_refused(field: bytes) -> None:
    with pytest.raises(RequestRefused):
        head(b"GET /", field)


@pytest.mark.parametrize(
    "fields",
    [
        (b"Content-Length: 1\r\n", b"Content-Length: 1\r\n"),
        (b"Content-Length: 1, 1\r\n",),
        (b"Content-Length: +1\r\n",),
        (b"Content-Length: -1\r\n",),
        (b"Content-Length: 1_0\r\n",),
        (b"Content-Length: 0x1\r\n",),
        (b"Content-Length: \xb2\r\n",),
        (b"Content-Length: \r\n",),
        (b"Content-Length: 99999999999999999999\r\n",),
        (b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\n"),
        (b"Transfer-Encoding: chunked, chunked\r\n",),
        (b"Transfer-Encoding: gzip, chunked\r\n",),
        (b"Transfer-Encoding: identity\r\n",),
        (b"Transfer-Encoding: xchunked\r\n",),
        (b"Transfer-Encoding: \x0bchunked\r\n",),
        (b"Transfer-Encoding: chunked;a=b\r\n",),
        (b"Transfer-Encoding: \r\n",),
        (b"Authorization: a\r\n", b"authorization: b\r\n"),
        (b"Host: other\r\n",),
    ],
)
def test_ambiguous_framing_is_refused(fields: tuple[bytes, ...]) -> None:
    with pytest.raises(RequestRefused):
        head(b"POST /", *fields)


def test_transfer_coding_in_http_1_0_is_refused() -> None:
    with pytest.raises(RequestRefused):
        parse(b"POST / HTTP/1.0\r\n", [b"Transfer-Encoding: chunked\r\n"])


@pytest.mark.parametrize(
    "host", [b"", b"a b", b"a/b", b"a@b", b"a,b", b"[::1", b"a:b", b"<script>", b"a%00", b"a" * 300]
)
def test_a_malformed_host_is_refused(host: bytes) -> None:
    if host:
        with pytest.raises(RequestRefused):
            parse(b"GET / HTTP/1.1\r\n", [b"Host: " + host + b"\r\n"])
    with pytest.raises(RequestRefused):
        parse(b"GET / HTTP/1.1\r\n", [])


@pytest.mark.parametrize("host", [b"localhost", b"a.b:8080", b"[::1]:80", b"127.0.0.1", b"a_b.c"])
def test_hosts_are_accepted(host: bytes) -> None:
    assert parse(b"GET / HTTP/1.1\r\n", [b"Host: " + host + b"\r\n"]).fields == (
        ("host", host.decode()),
    )


def test_the_absolute_form_replaces_the_host() -> None:
    absolute = head(b"GET http://pool.example:80/a%2fb?c=d")
    assert absolute.target == "/a%2fb?c=d"
    assert absolute.fields == (("host", "pool.example:80"),)
    assert head(b"GET http://pool.example?c=d").target == "/?c=d"


def test_connections_are_kept_as_the_version_and_the_field_say() -> None:
    assert head(b"GET /").keeps_alive
    assert not head(b"GET /", b"Connection: Upgrade, Close\r\n").keeps_alive
    assert not parse(b"GET / HTTP/1.0\r\n", []).keeps_alive
    assert parse(b"GET / HTTP/1.0\r\n", [b"Connection: keep-alive\r\n"]).keeps_alive


def test_only_the_expectation_to_continue_is_known() -> None:
    assert head(b"POST /", b"Expect: 100-Continue\r\n").expects_continue
    with pytest.raises(RequestRefused) as refused:
        head(b"POST /", b"Expect: tea\r\n")
    assert refused.value.status == HTTPStatus.EXPECTATION_FAILED


@given(line=st.binary(max_size=60), fields=st.lists(st.binary(max_size=60), max_size=4))
def test_no_bytes_at_all_raise_anything_but_a_refusal(line: bytes, fields: list[bytes]) -> None:
    with suppress(RequestRefused):
        parse(line, fields)
