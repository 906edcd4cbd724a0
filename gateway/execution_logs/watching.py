"""What a chain asked for on its way, for the logs that tell of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gateway.effects import CallFunction, CallService, Effect, Recall, Send

TOLD = (CallFunction, CallService, Recall, Send)
"""Effects that call a backend, and whether an authorizer's answer was remembered. The others, of
tokens, keys and signatures, are nobody's to see."""


class Asked(NamedTuple):
    """An effect, what it was answered, and how long that took, in seconds."""

    effect: Effect
    answer: Any
    seconds: float


def backend_call(asked: Sequence[Asked]) -> Asked | None:
    """The last call of a backend; None where it was not called."""
    return next((each for each in reversed(asked) if not isinstance(each.effect, Recall)), None)


class Watching:
    """Performs effects by another performer, and remembers some of them."""

    def __init__(self, perform: Callable[[Effect], Any]) -> None:
        self._perform = perform
        self.asked: list[Asked] = []

    def __call__(self, effect: Effect) -> Any:
        if not isinstance(effect, TOLD):
            return self._perform(effect)
        started = time.monotonic()
        answer = self._perform(effect)
        self.asked.append(Asked(effect, answer, time.monotonic() - started))
        return answer
