"""Reads one HTTP/1.1 reply, strictly, out of bytes as they come. No I/O.

httptools (llhttp) does the grammar and refuses what could be read as two replies: conflicting
lengths, a length beside chunked coding, control characters, folded lines. What it cannot know is
kept here: whether the request was HEAD, and that nothing may follow the reply on a connection that
has asked for no more.
"""

from __future__ import annotations

from typing import Any

import httptools

from gateway.integrations.errors import UpstreamMisbehaved
from kernel.status_lines import WITHOUT_CONTENT

MAXIMUM_HEAD_BYTES = 65_536


class ReplyParser:
    """State of one reply. Feed it until `is_complete`; take `blocks` as they gather."""

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.blocks: list[bytes] = []
        self.has_head = False
        self.is_complete = False
        self.has_surplus = False
        self._is_head_request = method == "HEAD"
        self._bytes_fed = 0
        self._bytes_between = 0
        self._header_bytes = 0
        self._is_delimited = False
        self._keeps_alive = False
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read on. Raises `UpstreamMisbehaved`."""
        if self.is_complete:
            self.has_surplus = True
            return
        self._bytes_fed += len(data)
        self._parse(data)
        if self.is_complete:
            # It refers to us: a cycle for each reply would be the collector's to find, and its
            # pause the waiting callers'.
            self._parser = None

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_complete:
                raise UpstreamMisbehaved("the upstream's reply is not valid HTTP") from None
            self.has_surplus = True
        if not self.has_head and self._bytes_fed > 2 * MAXIMUM_HEAD_BYTES:
            raise UpstreamMisbehaved("the upstream's reply has a head without end")
        self._bound_what_is_no_body(len(data))

    def _bound_what_is_no_body(self, length: int) -> None:
        """Trailers and the extensions of chunks: the parser gathers the first of them."""
        self._bytes_between = 0 if self.blocks or self.is_complete else self._bytes_between + length
        if self._bytes_between > 2 * MAXIMUM_HEAD_BYTES:
            raise UpstreamMisbehaved("the upstream's reply has chunks or trailers without end")

    def end(self) -> None:
        """The connection ended. Raises `UpstreamMisbehaved` where that cuts the reply off."""
        if self.is_complete:
            return
        if not self.has_head or self._is_delimited:
            raise UpstreamMisbehaved("the upstream's reply broke off")
        self.is_complete = True
        self._parser = None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was read yet."""
        return not self._bytes_fed

    @property
    def allows_another(self) -> bool:
        """Whether the connection may carry another request after this reply."""
        # After a reply to HEAD llhttp still waits for the body that Content-Length describes.
        reusable = self.is_complete and not self.has_surplus and not self._is_head_request
        return reusable and self._is_delimited and self._keeps_alive

    # Called by httptools

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.has_surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.has_head:
            return  # a trailer
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAXIMUM_HEAD_BYTES:
            raise ValueError("headers without end")
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self.status = self._parser.get_status_code()
        if self.status == 101:
            raise ValueError("an upgrade that nobody asked for")
        if self.status < 200:
            return
        self._check_framing()
        self._keeps_alive = self._parser.should_keep_alive()
        self.has_head = True
        self.is_complete = self._is_head_request

    def on_body(self, block: bytes) -> None:
        if not self.is_complete:
            self.blocks.append(block)

    def on_message_complete(self) -> None:
        if self.has_head:
            self.is_complete = True
        else:
            self.headers = []  # of an interim reply, such as 103 Early Hints

    def _check_framing(self) -> None:
        codings = [value for name, value in self.headers if name.lower() == "transfer-encoding"]
        lengths = [value for name, value in self.headers if name.lower() == "content-length"]
        if codings and (len(codings) > 1 or codings[0].strip().lower() != "chunked" or lengths):
            raise ValueError("a transfer coding that cannot be passed on")
        self._is_delimited = bool(codings or lengths) or self.status in WITHOUT_CONTENT
