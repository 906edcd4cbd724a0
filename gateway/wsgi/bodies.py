"""A request's body, counted while it streams through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.context import Request
from gateway.handlers.enforce_quotas import MAXIMUM_BODY_BYTES
from gateway.integrations.errors import ClientGone, PayloadTooLarge

BLOCK_BYTES = 65_536


def read_body(request: Request, source: Any) -> Iterator[bytes]:
    """The body in blocks, from `wsgi.input`.

    Gives exactly the announced length; without one, at most what an HTTP API takes. Raises
    `ClientGone` and `PayloadTooLarge`.
    """
    if request.is_chunked:
        return _until_end(source)
    return _of_length(source, request.content_length or 0)


def _of_length(source: Any, length: int) -> Iterator[bytes]:
    while length > 0:
        block = _read(source, min(length, BLOCK_BYTES))
        if not block:
            raise ClientGone("the client sent less than it announced")
        length -= len(block)
        yield block


def _until_end(source: Any) -> Iterator[bytes]:
    total = 0
    while block := _read(source, BLOCK_BYTES):
        total += len(block)
        if total > MAXIMUM_BODY_BYTES:
            raise PayloadTooLarge
        yield block


def _read(source: Any, size: int) -> bytes:
    try:
        block: bytes = source.read(size)
    except (OSError, ValueError, EOFError) as error:
        raise ClientGone("the client broke off") from error
    return block
