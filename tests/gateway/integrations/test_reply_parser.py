from __future__ import annotations

import gc
import weakref
from itertools import pairwise

import pytest
from hypothesis import given, strategies

from gateway.integrations.errors import UpstreamMisbehaved
from gateway.integrations.reply_parser import ReplyParser

HEAD = b"HTTP/1.1 200 OK\r\n"
REPLIES = {
    "length": HEAD + b"Content-Length: 5\r\n\r\nhello",
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n",
    "interim": b"HTTP/1.1 103 E\r\nLink: x\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello",
    "surplus": HEAD + b"Content-Length: 5\r\n\r\nhello" + HEAD + b"Content-Length: 1\r\n\r\nX",
}


def _read(data: bytes, cuts: list[int], method: str = "GET") -> ReplyParser:
    parser = ReplyParser(method)
    edges = [0, *sorted({cut % len(data) for cut in cuts} - {0}), len(data)]
    for start, stop in pairwise(edges):
        parser.feed(data[start:stop])
    return parser


@pytest.mark.parametrize("name", REPLIES)
@given(cuts=strategies.lists(strategies.integers(min_value=1), max_size=12))
def test_a_reply_reads_the_same_however_it_is_cut(name, cuts):
    parser = _read(REPLIES[name], cuts)

    assert (parser.status, parser.is_complete, len(parser.headers)) == (200, True, 1)
    assert b"".join(parser.blocks) == b"hello"
    assert parser.allows_another is (name != "surplus")


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_that_was_read_is_freed_without_the_collector(name):
    gc.disable()
    try:
        parser = _read(REPLIES[name], [])
        freed = weakref.ref(parser)
        del parser
        assert freed() is None
    finally:
        gc.enable()


@given(strategies.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    parser = ReplyParser("GET")
    try:
        parser.feed(data)
        parser.end()
    except UpstreamMisbehaved:
        return
    assert parser.is_complete


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\n", "HEAD"),
        (HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n", "GET"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "GET"),
    ],
)
def test_some_replies_end_their_connection(data, method):
    parser = _read(data, [], method)

    assert parser.is_complete
    assert not parser.allows_another


def test_a_reply_to_the_end_of_the_connection_is_complete_only_then():
    parser = _read(HEAD + b"\r\nhello", [])

    assert not parser.is_complete
    parser.end()
    assert parser.is_complete
    assert not parser.allows_another
