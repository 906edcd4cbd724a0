"""What happens when a client goes away while it waits for its answer."""

from __future__ import annotations

from collections.abc import Callable

ENVIRON_KEY = "poolgate.departure"
"""Where a WSGI environment has the `Departure` of its connection, on servers that notice."""


class Departure:
    """Whom a server tells, if anybody. Set while something is under way that may be given up."""

    __slots__ = ("call",)

    def __init__(self) -> None:
        self.call: Callable[[], object] | None = None
