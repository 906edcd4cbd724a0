"""Messages between a worker and a runner: four bytes of length, then JSON.

    worker → runner   Setup, once; then {"id", "event", "context", "seconds"} for each call
    runner → worker   {"id", "result"} or {"id", "error": {"errorType", "errorMessage"}, "final"}

`final` says that the runner ends after this reply. A call that has `streams` besides is answered
first with any number of {"id", "piece"}, bytes in base64; then the result is null. Runners import
this module too, so it stands on nothing but the standard library.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

MAX_PAYLOAD = 6_291_456
"""Bytes. Lambda quotas, "Invocation payload (request and response)": "6 MB each"."""

MAX_FRAME = MAX_PAYLOAD + 65_536
MAX_PIECE = 65_536
"""Bytes of a streamed answer that one message holds."""
MAX_STREAMED = 209_715_200
"""Bytes. Lambda developer guide, "Response streaming": "payloads up to 200 MB"."""
LENGTH = struct.Struct(">I")


class BrokenFrame(ValueError):
    """What arrived is no message of this protocol."""


def frame(content: bytes) -> bytes:
    """`content` as it is sent."""
    return LENGTH.pack(len(content)) + content


def read_frame(receive: Callable[[int], bytes], limit: int = MAX_FRAME) -> bytes:
    """The next message's content. `receive(n)` gives 1 to n bytes, or none at the end.

    Raises `EOFError` at the end, `BrokenFrame` for a length beyond `limit`.
    """
    (length,) = LENGTH.unpack(_exactly(receive, LENGTH.size))
    if length > limit:
        raise BrokenFrame(f"a message of {length} bytes")
    return _exactly(receive, length)


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = receive(min(size - len(content), 262_144))
        if not part:
            raise EOFError
        content += part
    return bytes(content)
