"""A request's body, counted while it streams through or gathers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.context import Request
from gateway.integrations.errors import ClientGone, PayloadTooLarge
from gateway.quotas import PAYLOAD_BYTES

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
    read = _reader(source)
    while length > 0:
        block = _read(read, min(length, BLOCK_BYTES))
        if not block:
            raise ClientGone("the client sent less than it announced")
        length -= len(block)
        yield block


def _until_end(source: Any) -> Iterator[bytes]:
    total, read = 0, _reader(source)
    while block := _read(read, BLOCK_BYTES):
        total += len(block)
        if total > PAYLOAD_BYTES:
            raise PayloadTooLarge
        yield block


def _reader(source: Any) -> Callable[[int], bytes]:
    """How to read what has come already, where the server has such a way (PEP 3333 asks for
    `read` alone, which may wait for as much as was asked for)."""
    reader: Callable[[int], bytes] = getattr(source, "read1", None) or source.read
    return reader


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    try:
        block = read(size)
    except (OSError, ValueError, EOFError) as error:
        raise ClientGone("the client broke off") from error
    return block
