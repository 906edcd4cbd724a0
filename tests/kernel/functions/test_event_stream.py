"""The coding in which Lambda streams."""

from __future__ import annotations

import binascii
import struct

import pytest
from botocore.eventstream import EventStreamBuffer

from kernel.functions.event_stream import BrokenStream, Event, EventReader
from tests.kernel.functions.event_streams import chunk, complete, event

TWO = chunk("ü".encode()) + complete()


def test_what_aws_own_reader_reads_is_read_alike() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(TWO)
    theirs = [Event(each.headers, each.payload) for each in buffer]
    assert list(EventReader().feed(TWO)) == theirs


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_events_come_whole_however_their_bytes_come(size) -> None:
    reader = EventReader()
    pieces = [TWO[start : start + size] for start in range(0, len(TWO), size)]
    events = [each for piece in pieces for each in reader.feed(piece)]
    assert [each.payload for each in events] == ["ü".encode(), b"{}"]


@pytest.mark.parametrize("at", range(0, len(chunk(b"abc")), 3))
def test_a_changed_byte_is_noticed(at) -> None:
    broken = bytearray(chunk(b"abc"))
    broken[at] ^= 1
    with pytest.raises(BrokenStream):
        list(EventReader().feed(bytes(broken)))


@pytest.mark.parametrize("length", [0, 15, 2**31])
def test_a_length_that_cannot_be_is_refused_before_it_is_waited_for(length) -> None:
    prelude = struct.pack(">II", length, 0)
    with pytest.raises(BrokenStream):
        list(EventReader().feed(prelude + struct.pack(">I", binascii.crc32(prelude))))


def test_headers_that_lie_about_their_length_are_refused() -> None:
    message = event(b"", a="b").replace(b"\7\0\1b", b"\7\0\x09b")
    fixed = _with_checksum(message)
    with pytest.raises(BrokenStream):
        list(EventReader().feed(fixed))


def _with_checksum(message: bytes) -> bytes:
    return message[:-4] + struct.pack(">I", binascii.crc32(message[:-4]))
