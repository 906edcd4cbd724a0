"""Writes AWS's event stream coding."""

from __future__ import annotations

import binascii
import struct


def event(payload: bytes, **headers: str) -> bytes:
    """A message whose headers, such as `event_type`, get the colon and dash of AWS's."""
    coded = b"".join(
        _header(":" + name.replace("_", "-"), value) for name, value in headers.items()
    )
    prelude = struct.pack(">II", len(coded) + len(payload) + 16, len(coded))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + coded + payload
    return message + struct.pack(">I", binascii.crc32(message))


def chunk(payload: bytes) -> bytes:
    return event(payload, event_type="PayloadChunk", message_type="event")


def complete(payload: bytes = b"{}") -> bytes:
    return event(payload, event_type="InvokeComplete", message_type="event")


def _header(name: str, value: str) -> bytes:
    return (
        bytes([len(name)]) + name.encode() + b"\7" + struct.pack(">H", len(value)) + value.encode()
    )
