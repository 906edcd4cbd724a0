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
MOST_BYTES_IN_ALL = 32 * 1024 * 1024
"""Whoever sends made-up tokens fills it with what a function says of them."""


class Memory:
    """A bounded map whose entries expire; the ones that were used longest ago go first."""

    def __init__(
        self, most: int = MOST_ENTRIES, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0

    def recall(self, effect: Recall) -> bytes | None:
        """What was kept and has not expired."""
        with self._lock:
            entry = self._entries.get(effect.key)
            if entry is None:
                return None
            if entry[0] <= self._monotonic():
                self._drop(effect.key)
                return None
            self._entries.move_to_end(effect.key)
            return entry[1]

    def keep(self, effect: Keep) -> None:
        """Keep a value, instead of what its key had."""
        if len(effect.content) > MOST_BYTES:
            return
        with self._lock:
            self._drop(effect.key)
            self._entries[effect.key] = (self._monotonic() + effect.seconds, effect.content)
            self._bytes += len(effect.content)
            while len(self._entries) > self._most or self._bytes > MOST_BYTES_IN_ALL:
                self._drop(next(iter(self._entries)))

    def forget(self, prefix: str) -> None:
        """Drop every value whose key begins with `prefix`."""
        with self._lock:
            for key in [key for key in self._entries if key.startswith(prefix)]:
                self._drop(key)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry[1])


def forget_answers(memory: Memory, api_id: str, stage: str) -> None:
    """Drop the authorizers' answers for a stage; for all where it is not named."""
    memory.forget(cache_prefix(api_id, stage) if api_id else "authorizer/")
