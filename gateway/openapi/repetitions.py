"""How much a document repeats by its references, which is bounded as its own size is.

A few lines that a thousand places refer to cost what a thousand copies cost.
"""

from __future__ import annotations

from typing import Any

from gateway.openapi.faults import InvalidDocument

MOST_REPEATED = 400_000
"""Poolgate's own: values that are read again because something refers to them."""


class Repetitions:
    """What the references of one document have repeated so far."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._repeated = 0

    def add(self, value: Any) -> None:
        """Count a value that is read once more. Raises `InvalidDocument` when it is too much."""
        key = id(value)  # the document outlives this, so that nothing else gets the number
        if key not in self._sizes:
            self._sizes[key] = _size(value)
        self._repeated += self._sizes[key]
        if self._repeated > MOST_REPEATED:
            raise InvalidDocument(
                f"The document's references repeat more than {MOST_REPEATED} values"
            )


def _size(value: Any) -> int:
    size, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        size += 1
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return size
