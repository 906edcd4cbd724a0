"""A request's body: framed strictly, bounded in time, and refused when malformed."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from werkzeug.exceptions import ClientDisconnected

from poolgate.server.request_head import MOST_FIELDS, RequestRefused, parse_field

PATIENCE_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 10_000
# What a client sends in vain is read up to here, so that it sees the answer; then it is cut off.
MOST_DISCARDED_BYTES = 256 * 1024
MOST_LINE_BYTES = 4096

# An extension's bytes are visible ones: a bare line feed in it ends the line for some parsers and
# not for others. Twelve hexadecimal digits are 256 TiB.
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t !-~]*)?\r\n")


class BodyRefused(ClientDisconnected, OSError):
    """A body that is malformed, too slow, or broken off.

    Flask answers it with 400; code that reads the WSGI input itself sees an OSError.
    """

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.args = (description,)


class ArrivedBody(io.BytesIO):
    """A body that is here as a whole: what is not read of it is in nobody's way."""

    is_broken = False

    def _discard(self) -> None:
        """Nothing is left on the connection."""


class Body(io.RawIOBase):
    """The bytes of one body (RFC 9112 §6), read from the connection as they are asked for.

    `is_broken` says that nobody knows where the next request begins: the connection must end.
    """

    def __init__(
        self,
        connection: io.BufferedReader,
        length: int,
        *,
        is_chunked: bool = False,
        send_continue: Callable[[], Any] | None = None,
    ) -> None:
        """`send_continue` is called when the application begins to read (RFC 9110 §10.1.1)."""
        self._connection = connection
        self._is_chunked = is_chunked
        self._left = length
        self._has_ended = not is_chunked and not length
        self._send_continue = send_continue
        self._received = 0
        self._waited = 0.0
        self._may_be_buffered = True
        self.is_broken = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._has_ended:
            return 0
        with self._guarded():
            if self._send_continue:
                self._send_continue()
                self._send_continue = None
            if not self._left:
                self._begin_chunk()
            return 0 if self._has_ended else self._read_piece(memoryview(buffer))

    def _discard(self) -> None:
        """Read what the application left, within reason; otherwise the connection is broken.

        pywsgi calls it by this name after the answer.
        """
        if self._send_continue and not self._has_ended:
            # A client that was not told to continue may send the body or not.
            self.is_broken = True
        left = MOST_DISCARDED_BYTES
        try:
            while left > 0 and not (self._has_ended or self.is_broken):
                left -= self.readinto(bytearray(min(left, 16 * 1024)))
        except BodyRefused:
            return
        self.is_broken = self.is_broken or not self._has_ended

    def _read_piece(self, buffer: memoryview) -> int:
        # `readinto1` waits for more although it has something, where more fits than its buffer
        # holds: what came with the head, or with a chunk's size, must not wait.
        most = min(self._left, io.DEFAULT_BUFFER_SIZE) if self._may_be_buffered else self._left
        count = self._connection.readinto1(buffer[:most])
        if not count:
            raise EOFError
        self._may_be_buffered = False
        self._left -= count
        self._received += count
        if not self._left:
            self._end_piece()
        return count

    def _end_piece(self) -> None:
        if not self._is_chunked:
            self._has_ended = True
        elif self._connection.read(2) != b"\r\n":
            raise ValueError("chunk is longer than its size")

    def _begin_chunk(self) -> None:
        match = CHUNK_SIZE.fullmatch(self._connection.readline(MOST_LINE_BYTES))
        if not match:
            raise ValueError("malformed chunk size")
        self._left = int(match[1], 16)
        self._may_be_buffered = True
        if not self._left:
            self._skip_trailers()
            self._has_ended = True

    def _skip_trailers(self) -> None:
        """Trailers are checked and dropped: no one here may mistake them for fields of the head."""
        for _ in range(MOST_FIELDS):
            line = self._connection.readline(MOST_LINE_BYTES)
            if line == b"\r\n":
                return
            if not line.endswith(b"\r\n"):
                raise ValueError("malformed trailer")
            parse_field(line[:-2].decode("latin-1"))
        raise ValueError("too many trailers")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        # Only waiting for the client counts: what it sends may be held up by a slow backend.
        allowed = PATIENCE_SECONDS + self._received / SLOWEST_BYTES_PER_SECOND
        timeout = gevent.Timeout(max(0.001, allowed - self._waited))
        since = time.monotonic()
        try:
            with timeout:
                yield
        except gevent.Timeout as expired:
            if expired is not timeout:
                raise
            self._break()
            raise BodyRefused("The body came too slowly.") from None
        except (OSError, EOFError, ValueError, RequestRefused):
            self._break()
            raise BodyRefused("The body is malformed or broken off.") from None
        finally:
            self._waited += time.monotonic() - since

    def _break(self) -> None:
        self.is_broken = True
        self._has_ended = True
