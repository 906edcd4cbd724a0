"""The head of an answer as bytes: what the application said, and what it left to the server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache


class AnswerHead:
    """Status and header fields, on their way to the wire.

    Raises `ValueError` for a line break in one of them, which would make another field or answer
    of it, and for anything beyond Latin-1 (PEP 3333).
    """

    __slots__ = ("_text", "closes", "code", "names")

    def __init__(self, status: str, fields: Sequence[tuple[str, str]]) -> None:
        lines = [f"HTTP/1.1 {status}", *[f"{name}: {value}" for name, value in fields]]
        text = "\r\n".join(lines)
        breaks = len(fields)
        if text.count("\r") != breaks or text.count("\n") != breaks or "\0" in text:
            raise ValueError("a line break in a status or header field")
        self._text = text.encode("latin-1")
        self.code = int(status[:3])
        self.names = {name.lower() for name, _ in fields}
        self.closes = "connection" in self.names and any(
            name.lower() == "connection" and value.lower() == "close" for name, value in fields
        )

    def to_bytes(self, framing: bytes, connection: bytes) -> bytes:
        """The whole head; `framing` and `connection` are fields with their line ends, or empty."""
        date = b"" if "date" in self.names else _date(int(time.time()))
        return b"%b\r\n%b%b%b\r\n" % (self._text, date, framing, connection)


@lru_cache(1)
def _date(second: int) -> bytes:
    """RFC 9110 §6.6.1: an origin server with a clock "MUST generate a Date header field"."""
    return f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
