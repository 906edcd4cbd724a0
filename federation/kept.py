"""Documents of providers, kept: a provider that is away for a while keeps nobody out.

The times are those of keys (`kernel.tokens.remote_issuers`), which are kept in the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from idp.user_pools.services.upstream import UpstreamFailed
from kernel.clock import Clock
from kernel.tokens.cache import GenerationCache
from kernel.tokens.remote_issuers import (
    FIRST_PAUSE_SECONDS,
    FRESH_SECONDS,
    PAUSE_SECONDS,
    STALE_SECONDS,
)

T = TypeVar("T")
MOST_KEPT = 512


@dataclass
class _Entry(Generic[T]):
    document: T | None = None
    fetched: float = float("-inf")
    asked: float = float("-inf")
    failures: int = 0
    reason: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pause(self) -> float:
        """Seconds for which nothing is fetched after a failure; each further one doubles it."""
        if not self.failures:
            return 0.0
        return min(PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (min(self.failures, 10) - 1))


class KeptDocuments(Generic[T]):
    """Documents by their addresses: fresh for fifteen minutes, and good for two hours where nobody
    answers. One request fetches; others wait for it only where there is nothing yet."""

    def __init__(self, fetch: Callable[[str], T], clock: Clock) -> None:
        self._fetch = fetch
        self._time = clock.time
        self._kept: GenerationCache[_Entry[T]] = GenerationCache(MOST_KEPT)

    def get(self, address: str) -> T:
        """Raises `UpstreamFailed`, also in the pause after a failure."""
        entry = self._kept.get(address)
        if entry is None:
            entry = _Entry()
            self._kept.put(address, entry)
        if self._time() - entry.fetched > FRESH_SECONDS:
            self._renew(address, entry)
        if entry.document is None or self._time() - entry.fetched > STALE_SECONDS:
            raise UpstreamFailed(entry.reason)
        return entry.document

    def _renew(self, address: str, entry: _Entry[T]) -> None:
        is_needed = self._time() - entry.fetched > STALE_SECONDS
        if not entry.lock.acquire(blocking=is_needed):
            return
        try:
            now = self._time()
            if now - entry.fetched > FRESH_SECONDS and now - entry.asked >= entry.pause:
                self._ask(address, entry)
        finally:
            entry.lock.release()

    def _ask(self, address: str, entry: _Entry[T]) -> None:
        try:
            entry.document = self._fetch(address)
            entry.fetched, entry.failures = self._time(), 0
        except UpstreamFailed as error:
            entry.failures, entry.reason = entry.failures + 1, error.message
        entry.asked = self._time()
