"""Refuse what is larger than an HTTP API takes, or framed so that it could be read as two."""

from __future__ import annotations

from gateway import replies
from gateway.context import Located, Reply, Request
from gateway.quotas import PAYLOAD_BYTES, REQUEST_HEAD_BYTES


def enforce_quotas(context: Located) -> Located | Reply:
    """413 and 431; a body without a length is counted while it is read."""
    request = context.request
    if head_bytes(request) > REQUEST_HEAD_BYTES:
        return replies.HEADERS_TOO_LARGE
    if request.content_length is not None:
        # "A server MAY reject a request that contains both Content-Length and Transfer-Encoding"
        # (RFC 9112 §6.1): they are how requests are smuggled.
        if request.is_chunked:
            return replies.BAD_REQUEST
        if request.content_length > PAYLOAD_BYTES:
            return replies.PAYLOAD_TOO_LARGE
    if request.headers.get("expect", "100-continue").lower() != "100-continue":
        return replies.EXPECTATION_FAILED
    return context


def head_bytes(request: Request) -> int:
    """The request line (two spaces and no line break) and the values of headers."""
    line = len(request.method) + request.target_bytes + len(request.protocol) + 2
    return line + sum(map(len, request.headers.values()))
