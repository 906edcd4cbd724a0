"""Does what handlers ask for, on any driver: one performer for each kind of effect.

A gateway has the performers that its APIs can need. A blueprint verifies tokens, throttles and
proxies; Poolgate's own server calls functions, checks signatures and counts quotas besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.effects import Effect

Performer = Callable[[Any], Any]


class Performers:
    """Answers effects by their class. Raises `TypeError` for one that nobody performs.

    `on_end` are told a request's id when its chain has answered, or has failed.
    """

    def __init__(
        self,
        performers: Mapping[type[Any], Performer],
        on_end: Iterable[Callable[[str], None]] = (),
    ) -> None:
        self._performers = dict(performers)
        self._on_end = tuple(on_end)

    def done(self, request_id: str) -> None:
        """The chain of a request is at its end."""
        for tell in self._on_end:
            tell(request_id)

    def __call__(self, effect: Effect) -> Any:
        performer = self._performers.get(type(effect))
        if performer is None:
            raise TypeError(f"nothing here performs {type(effect).__name__}")
        return performer(effect)
