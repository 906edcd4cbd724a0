"""AWS's event stream coding, as far as InvokeWithResponseStream answers in it. Pure.

A message is its length, the length of its headers, a checksum of both, headers, payload, and a
checksum of all before it; numbers are big-endian, checksums CRC-32 ("Amazon event stream
encoding", Smithy 2.0).
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator
from typing import NamedTuple

MOST_MESSAGE_BYTES = 1_048_576
_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_TEXT = 7
"""The type of a header whose value is text; no other kind tells anything here."""


class BrokenStream(ValueError):
    """What came is no event stream."""


class Event(NamedTuple):
    """One message: its headers that are text, and its payload."""

    headers: dict[str, str]
    payload: bytes


class EventReader:
    """Takes bytes as they come and gives the messages that are whole."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Event]:
        """The messages that `data` completes. Raises `BrokenStream`."""
        self._waiting += data
        while len(self._waiting) >= _PRELUDE.size:
            length, header_length, checksum = _PRELUDE.unpack_from(self._waiting)
            if binascii.crc32(self._waiting[:8]) != checksum:
                raise BrokenStream("a prelude with a wrong checksum")
            least = _PRELUDE.size + header_length + _CHECKSUM.size
            if not least <= length <= MOST_MESSAGE_BYTES:
                raise BrokenStream(f"a message of {length} bytes")
            if len(self._waiting) < length:
                return
            message = bytes(self._waiting[:length])
            del self._waiting[:length]
            yield _event(message, header_length)


def _event(message: bytes, header_length: int) -> Event:
    (checksum,) = _CHECKSUM.unpack_from(message, len(message) - _CHECKSUM.size)
    if binascii.crc32(message[: -_CHECKSUM.size]) != checksum:
        raise BrokenStream("a message with a wrong checksum")
    start = _PRELUDE.size
    headers = _headers(message[start : start + header_length])
    return Event(headers, message[start + header_length : -_CHECKSUM.size])


def _headers(coded: bytes) -> dict[str, str]:
    headers, at = {}, 0
    try:
        while at < len(coded):
            name_ends = at + 1 + coded[at]
            if coded[name_ends] != _TEXT:
                raise BrokenStream("a header that is no text")
            value_starts = name_ends + 3
            value_ends = value_starts + int.from_bytes(coded[name_ends + 1 : value_starts], "big")
            if value_ends > len(coded):
                raise BrokenStream("headers that end early")
            headers[coded[at + 1 : name_ends].decode()] = coded[value_starts:value_ends].decode()
            at = value_ends
    except (IndexError, UnicodeDecodeError):
        raise BrokenStream("headers that cannot be read") from None
    return headers
