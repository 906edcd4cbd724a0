"""What a function that streams gives, piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kernel.functions.frames import MAX_PIECE

END_OF_METADATA = bytes(8)
"""Between the metadata, status and headers as JSON, and the body (API Gateway developer guide, "Set
up a Lambda proxy integration with payload response streaming")."""


def pieces(result: Any) -> Iterator[bytes]:
    """A handler's result as bytes, none longer than a message.

    A generator's items are bytes or text; its first one may be a dictionary, the metadata of an
    HTTP response. Anything else than an iterator is sent as JSON, as Lambda sends it when a
    function that does not stream is asked to. Raises `TypeError` and whatever the function does.
    """
    if not isinstance(result, Iterator):
        yield from _cut(json.dumps(result, allow_nan=False).encode())
        return
    for number, item in enumerate(result):
        if number == 0 and isinstance(item, dict):
            yield from _cut(json.dumps(item, allow_nan=False).encode() + END_OF_METADATA)
        else:
            yield from _cut(_bytes(item))


def _bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    raise TypeError(f"a streamed piece is bytes or text, not {type(item).__name__}")


def _cut(whole: bytes) -> Iterator[bytes]:
    for start in range(0, len(whole), MAX_PIECE):
        yield whole[start : start + MAX_PIECE]
