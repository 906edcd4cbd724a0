"""Begins the answers of functions that stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import structlog

from gateway.effects import CallFunction, FunctionReply, FunctionStream
from gateway.integrations.errors import UpstreamBroken
from gateway.performers.functions import failed
from kernel.functions.errors import FunctionError
from kernel.functions.registry import Functions

END_OF_METADATA = bytes(8)
MOST_METADATA_BYTES = 16_384
"""The delimiter must come within them, as on AWS."""

log = structlog.get_logger(__name__)


def streaming(
    functions: Functions, idle: float, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[CallFunction], FunctionReply]:
    """Calls functions and waits for the metadata of their answers alone.

    `idle` are the seconds for which a function may give nothing.
    """

    def stream(effect: CallFunction) -> FunctionReply:
        started = monotonic()
        pieces = functions.stream(effect.function, effect.event, timeout=effect.timeout, idle=idle)
        try:
            begun = _begin(pieces)
        except FunctionError as error:
            log.warning("api_function_failed", function=effect.function, reason=str(error))
            return failed(error, monotonic() - started)
        if begun is None:
            log.warning("api_function_failed", function=effect.function, reason="no metadata")
            return FunctionReply(None, "failed", 502, monotonic() - started)
        metadata, rest = begun
        answer = FunctionStream(metadata, _Pieces(effect.function, rest, pieces))
        return FunctionReply(answer, seconds=monotonic() - started)

    return stream


def _begin(pieces: Iterator[bytes]) -> tuple[bytes, bytes] | None:
    """The metadata, and what came of the body with it; None where the answer has none."""
    come = bytearray()
    for piece in pieces:
        start = max(0, len(come) - len(END_OF_METADATA) + 1)
        come += piece
        end = come.find(END_OF_METADATA, start, MOST_METADATA_BYTES)
        if end >= 0:
            return bytes(come[:end]), bytes(come[end + len(END_OF_METADATA) :])
        if len(come) >= MOST_METADATA_BYTES:
            return None
    return None


class _Pieces:
    """The body of an answer. Closing it ends the call."""

    __slots__ = ("_first", "_function", "_pieces")

    def __init__(self, function: str, first: bytes, pieces: Iterator[bytes]) -> None:
        self._function = function
        self._first = first
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        try:
            return next(self._pieces)
        except FunctionError as error:
            log.warning("api_function_failed", function=self._function, reason=str(error))
            raise UpstreamBroken(f"the function's answer broke off: {error}") from None

    def close(self) -> None:
        if hasattr(self._pieces, "close"):
            self._pieces.close()
