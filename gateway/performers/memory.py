"""Remembers small values for a while, such as the answers of authorizers. One for each worker."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from gateway.authorizers.function import cache_prefix
from gateway.effects import Keep, Recall

MOST_ENTRIES = 10_000
MOST_BYTES = 64 * 1024
"""Of one value; a larger one is not kept."""


class Memory:
    """A bounded map whose entries expire; the ones that were used longest ago go first."""

    def __init__(
        self, most: int = MOST_ENTRIES, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, effect: Recall) -> bytes | None:
        """What was kept and has not expired."""
        with self._lock:
            entry = self._entries.get(effect.key)
            if entry is None:
                return None
            if entry[0] <= self._monotonic():
                del self._entries[effect.key]
                return None
            self._entries.move_to_end(effect.key)
            return entry[1]

    def keep(self, effect: Keep) -> None:
        """Keep a value, instead of what its key had."""
        if len(effect.content) > MOST_BYTES:
            return
        with self._lock:
            self._entries[effect.key] = (self._monotonic() + effect.seconds, effect.content)
            self._entries.move_to_end(effect.key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def forget(self, prefix: str) -> None:
        """Drop every value whose key begins with `prefix`."""
        with self._lock:
            for key in [key for key in self._entries if key.startswith(prefix)]:
                del self._entries[key]


def forget_answers(memory: Memory, api_id: str, stage: str) -> None:
    """Drop the authorizers' answers for a stage; for all where it is not named."""
    memory.forget(cache_prefix(api_id, stage) if api_id else "authorizer/")
