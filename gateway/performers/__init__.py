"""Does what handlers ask for, on any driver: one performer for each kind of effect.

A gateway has the performers that its APIs can need. A blueprint verifies tokens, throttles and
proxies; Poolgate's own server calls functions, checks signatures and counts quotas besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.effects import CallService, Effect, Send
from gateway.room import Hold

Performer = Callable[..., Any]
"""Of an effect, and for those of `READ_WHOLE` of a `Hold` besides."""
READ_WHOLE: frozenset[type[Any]] = frozenset({CallService, Send})
"""Effects that are answered with replies of backends, held whole until the client has them."""


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
            raise _unknown(effect)
        return performer(effect)

    def whole(self, effect: Effect, hold: Hold) -> Any:
        """Answer an effect of `READ_WHOLE`, counting what is read."""
        performer = self._performers.get(type(effect))
        if performer is None:
            raise _unknown(effect)
        return performer(effect, hold)


def _unknown(effect: Effect) -> TypeError:
    return TypeError(f"nothing here performs {type(effect).__name__}")
