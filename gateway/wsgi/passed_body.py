"""The body of a reply on its way to the client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from gateway.integrations.errors import ClientGone, UpstreamError
from kernel.status_lines import WITHOUT_CONTENT


def sendable(status: int, body: Iterable[bytes]) -> Iterable[bytes]:
    """The body, or none with a status that has none: its bytes would be taken for a further reply
    (RFC 9112 §6.3)."""
    if status not in WITHOUT_CONTENT:
        return body
    if hasattr(body, "close"):
        body.close()
    return []


class Seen(NamedTuple):
    """What there was of a body when it ended."""

    length: int
    error: str
    is_broken: bool = False
    """Whether it is the backend that broke off, and not the client that left."""


class PassedBody:
    """A body that is counted, and told of once at its end, also when that comes early."""

    __slots__ = ("_error", "_finished", "_is_broken", "_iterator", "_length")

    def __init__(self, body: Iterable[bytes], finished: Callable[[Seen], None]) -> None:
        self._finished: Callable[[Seen], None] | None = finished
        self._iterator: Any = iter(body)
        self._length = 0
        self._error = ""
        self._is_broken = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            block: bytes = next(self._iterator)
        except (UpstreamError, ClientGone) as error:
            self._error = str(error)
            self._is_broken = isinstance(error, UpstreamError)
            raise
        self._length += len(block)
        return block

    def close(self) -> None:
        finished, self._finished = self._finished, None
        if hasattr(self._iterator, "close"):
            self._iterator.close()
        if finished is not None:
            finished(Seen(self._length, self._error, self._is_broken))
