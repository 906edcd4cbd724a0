"""The server name that a client asks for, out of the first bytes of its TLS connection. Pure.

OpenSSL tells it only when the handshake is under way, and Python cannot then change any more
whether a client certificate is demanded: so it is read before.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_BYTES = 16_384 + 5
"""One record (RFC 8446 §5.1). Some 1,800 bytes are usual."""

MOST_RECORDS = 16

_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0
_NAME = re.compile(rb"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,126}")


class Hello(NamedTuple):
    """What is known of the first message so far."""

    needed: int = 0
    """How many bytes must be there before there is more to say; 0 where all is said."""
    server_name: str = ""
    """In lower case; empty where the client names none, or nothing that could be a host."""


NOTHING = Hello()


def read(data: bytes) -> Hello:
    """What the bytes of a connection say. What is no TLS names nothing: refusing it is OpenSSL's
    affair."""
    message = _message(data)
    if isinstance(message, int):
        return Hello(message) if message <= MOST_BYTES else NOTHING
    try:
        return Hello(0, _server_name(_Reader(message)))
    except _Short:
        return NOTHING


def _message(data: bytes) -> bytes | int:
    """The body of the ClientHello, gathered from its records; empty where there is none, and the
    number of bytes it takes where some are missing (RFC 8446 §5.1, §4)."""
    gathered, position = b"", 0
    for _ in range(MOST_RECORDS):
        if len(data) < position + 5:
            return position + 5
        length = int.from_bytes(data[position + 3 : position + 5], "big")
        if data[position] != _HANDSHAKE or not length:
            return b""
        end = position + 5 + length
        if len(data) < end:
            return end
        gathered, position = gathered + data[position + 5 : end], end
        if gathered[0] != _CLIENT_HELLO:
            return b""
        whole = 4 + int.from_bytes(gathered[1:4], "big")
        if len(gathered) >= max(4, whole):
            return gathered[4:whole]
    return b""


class _Short(ValueError):
    """A length that leads beyond its message."""


class _Reader:
    """Takes bytes from the front. Raises `_Short`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._position : self._position + count]
        if len(taken) < count:
            raise _Short
        self._position += count
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """As many bytes as the `size` bytes before them say."""
        return self.take(self.number(size))

    @property
    def is_at_end(self) -> bool:
        return self._position == len(self._data)


def _server_name(hello: _Reader) -> str:
    """RFC 8446 §4.1.2, RFC 6066 §3."""
    hello.take(2 + 32)  # version, random
    hello.vector(1)  # session
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression
    if hello.is_at_end:
        return ""
    extensions = _Reader(hello.vector(2))
    while not extensions.is_at_end:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names = _Reader(_Reader(content).vector(2))
            is_host, name = names.number(1) == _HOST_NAME, names.vector(2)
            return name.decode().lower() if is_host and _NAME.fullmatch(name) else ""
    return ""
