"""Bodies that grow when they are unpacked are refused before they fill the memory."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from gateway.context import Reply
from gateway.effects import Decompress
from gateway.performers.compressing import decompress
from gateway.quotas import PAYLOAD_BYTES


def status(body: bytes, coding: str = "gzip") -> int:
    answer = decompress(Decompress(body, coding))
    assert isinstance(answer, Reply)
    return answer.status


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_refused_and_its_memory_never_taken(coding):
    plain = bytes(100_000_000)
    body = gzip.compress(plain, mtime=0) if coding == "gzip" else zlib.compress(plain)
    del plain
    assert len(body) < 200_000
    tracemalloc.start()
    try:
        assert status(body, coding) == 413
        assert tracemalloc.get_traced_memory()[1] < 3 * PAYLOAD_BYTES
    finally:
        tracemalloc.stop()


def test_what_a_payload_may_be_is_unpacked_whole():
    plain = bytes(PAYLOAD_BYTES)
    assert decompress(Decompress(gzip.compress(plain, mtime=0), "gzip")) == plain
    assert status(gzip.compress(plain + b"a")) == 413


@pytest.mark.parametrize(
    "body",
    [
        b"not compressed",
        gzip.compress(b"{}", mtime=0)[:-4],
        gzip.compress(b"{}", mtime=0) + b"more",
        gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0),
        zlib.compress(b"{}"),
        b"",
    ],
)
def test_a_body_that_is_not_in_its_coding_alone_is_refused(body):
    assert status(body) == 400
