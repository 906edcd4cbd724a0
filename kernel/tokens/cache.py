"""A bounded map that forgets what was not used lately, without a lock on the hot path."""

from __future__ import annotations

from typing import Generic, TypeVar

V = TypeVar("V")


class GenerationCache(Generic[V]):
    """Two generations of at most `size` entries each.

    New entries go into the young one. When it is full it becomes the old one, and what was in the
    old one and has not been used since is forgotten: least-recently-used, within a factor of two.
    Every step is one dictionary operation, which is atomic, so threads may share it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: str, value: V) -> None:
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def clear(self) -> None:
        self._young, self._old = {}, {}
