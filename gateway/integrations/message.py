"""Requests to upstreams as values, and how they are written on the wire (RFC 9112)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.integrations.endpoint import Origin
from gateway.integrations.errors import UnsendableRequest
from kernel.values import value

if TYPE_CHECKING:
    from gateway.snapshot import UpstreamGroup

# RFC 9110 §9.2.1: safe methods may be sent again when a kept-alive connection turns out dead.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

WITHOUT_CONTENT = frozenset({"GET", "HEAD"})
"""Methods of made requests that carry no body, whatever a mapping made."""

# "A user agent SHOULD send Content-Length in a request when the method defines a meaning for
# enclosed content" (RFC 9110 §8.6), also when there is none.
_METHODS_WITH_CONTENT = frozenset({"PATCH", "POST", "PUT"})


@value
class UpstreamRequest:
    """A request to an upstream, without its body."""

    origin: Origin
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    """End-to-end headers; Host and the framing of the body are added when it is written."""
    timeout: float
    """Seconds that the upstream may take in all."""
    authority: str
    content_length: int | None = None
    is_chunked: bool = False
    group: UpstreamGroup | None = None
    """Whose targets may be asked instead of `origin`, which then says how they are verified. An
    empty `authority` is that of the target."""

    @property
    def has_body(self) -> bool:
        return self.is_chunked or bool(self.content_length)

    @property
    def may_be_repeated(self) -> bool:
        return self.method in SAFE_METHODS and not self.has_body

    @property
    def may_be_misread(self) -> bool:
        """Whether a careless upstream may take its body for another request: chunks, and a body
        that has "no generally defined semantics" and "might lead some implementations to reject
        the request and close the connection because of its potential as a request smuggling
        attack" (RFC 9110 §9.3.1)."""
        return self.has_body and (self.is_chunked or self.method not in _METHODS_WITH_CONTENT)

    def head(self) -> bytes:
        """The request line and headers, with the blank line. Raises `UnsendableRequest`."""
        lines = [f"{self.method} {self.target} HTTP/1.1", f"host: {self.authority}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.is_chunked:
            lines.append("transfer-encoding: chunked")
        elif self.content_length is not None:
            lines.append(f"content-length: {self.content_length}")
        elif self.method in _METHODS_WITH_CONTENT:
            lines.append("content-length: 0")
        text = "\r\n".join(lines)
        # The last line of defence against request smuggling: no value may end its line.
        breaks = len(lines) - 1
        if text.count("\r") != breaks or text.count("\n") != breaks or "\0" in text:
            raise UnsendableRequest("a line break in a request line or header")
        return f"{text}\r\n\r\n".encode("latin-1")


def chunk(block: bytes) -> bytes:
    """A block of a body in chunked coding."""
    return b"%x\r\n%b\r\n" % (len(block), block)


LAST_CHUNK = b"0\r\n\r\n"
