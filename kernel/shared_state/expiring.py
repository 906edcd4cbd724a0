"""A dictionary whose entries expire and whose weight is bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Expiring(Generic[V]):
    """Entries by key, each until a moment of the caller's clock.

    When an entry would exceed `capacity`, expired entries go first, then the least recently
    written. Expired entries are looked for at most once a second, so that a full dictionary
    costs a flood of new keys no more than it costs us.
    """

    def __init__(self, capacity: int, on_evict: Callable[[str], None] | None = None) -> None:
        """`on_evict` is told the key of an entry that gave way although it was still good."""
        self.capacity = capacity
        self._on_evict = on_evict
        self._entries: OrderedDict[str, tuple[V, float, int]] = OrderedDict()
        self._weight = 0
        self._next_sweep = float("-inf")

    def get(self, key: str, now: float) -> V | None:
        entry = self._entries.get(key)
        if entry is None or now >= entry[1]:
            return None
        return entry[0]

    def expires(self, key: str) -> float:
        """The moment an entry that `get` returned expires."""
        return self._entries[key][1]

    def put(self, key: str, value: V, expires: float, now: float, weight: int = 1) -> None:
        self._drop(key)
        if weight > self.capacity:
            return
        if not self.has_room(now, weight):
            self._evict(weight)
        self._entries[key] = (value, expires, weight)
        self._weight += weight

    def has_room(self, now: float, weight: int = 1) -> bool:
        """Whether an entry fits without evicting one that is still good."""
        if self._weight + weight > self.capacity and now >= self._next_sweep:
            self._next_sweep = now + 1
            for key in [key for key, entry in self._entries.items() if now >= entry[1]]:
                self._drop(key)
        return self._weight + weight <= self.capacity

    def _evict(self, weight: int) -> None:
        while self._entries and self._weight + weight > self.capacity:
            key = next(iter(self._entries))
            self._drop(key)
            if self._on_evict is not None:
                self._on_evict(key)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= entry[2]
