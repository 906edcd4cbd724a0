"""Keeps replies where all workers find them, and lets one request at a time fill an entry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from gateway.effects import Cached, Entry, FindCached, KeepCached
from gateway.response_cache import packed, unpacked
from kernel.sealing import Sealer, Unsealable
from kernel.shared_state.interface import SharedState

POLL_SECONDS = 0.02
"""Between two looks at what another worker fills in."""

PASS_SECONDS = 1.0
"""For so long nobody waits twice for a reply that turned out not to be one that is kept."""

MOST_WAITING = 1_000
"""Requests of one worker that wait for others; more than these go to the backend themselves."""

_SEALED, _PLAIN = b"s", b"p"


class CachedReplies:
    """The response cache of one worker over the state that all workers share.

    An entry that was kept before a flush, or before this worker began to listen for flushes, is
    not used: so a flush that was missed loses entries, and never serves them.
    """

    def __init__(
        self,
        shared_state: SharedState,
        sealer: Sealer,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._shared_state = shared_state
        self._sealer = sealer
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._flushed_everything = now()
        self._flushed: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()
        self._filling: dict[str, threading.Event] = {}
        self._leads: dict[str, tuple[str, int, float]] = {}
        self._kept: set[str] = set()
        self._waiting = 0

    def find(self, effect: FindCached) -> Cached:
        """A fresh entry, or the lead in filling it."""
        ends = self._monotonic() + effect.patience
        while True:
            found = self._look(effect)
            if found.is_fresh or self._leads_here(effect) or self._monotonic() >= ends:
                return found
            self._wait(effect, ends)
            if self._shared_state.get(_pass_key(effect.key)) is not None:
                # What is not kept is for one alone: those who wait would be served one by one.
                return self._look(effect)

    def keep(self, effect: KeepCached) -> None:
        """Keep an entry; those who wait for it find it when the request is done."""
        content = packed(effect.entry)
        if effect.encrypted:
            content = _SEALED + self._sealer.seal(content, effect.key)
        else:
            content = _PLAIN + content
        self._shared_state.set(effect.key, content, effect.seconds)
        if effect.key in self._filling:
            self._kept.add(effect.key)

    def done(self, request_id: str) -> None:
        """The request is answered, whatever became of its entry."""
        if not self._leads:
            return
        with self._lock:
            key, turn, patience = self._leads.pop(request_id, ("", 0, 0.0))
            event = self._filling.pop(key, None)
            is_kept = key in self._kept
            self._kept.discard(key)
        if event is not None:
            if not is_kept:
                self._shared_state.set(_pass_key(key), b"", PASS_SECONDS)
            # The claim on this turn is gone by then, so that the first one can be claimed again.
            self._shared_state.set(_turn_key(key), str(turn + 1).encode(), patience + PASS_SECONDS)
            event.set()

    def flush(self, api_id: str, stage: str) -> None:
        """Use no entry of a stage that is older than now; of none, where it is not named."""
        if api_id:
            self._flushed[api_id, stage] = self._now()
        else:
            self._flushed_everything = self._now()

    def _look(self, effect: FindCached) -> Cached:
        entry = self._entry(effect)
        flushed = self._flushed.get((effect.api_id, effect.stage), 0)
        if entry is None or entry.kept_at <= max(self._flushed_everything, flushed):
            return Cached(None)
        return Cached(entry, is_fresh=effect.now < entry.fresh_until)

    def _entry(self, effect: FindCached) -> Entry | None:
        content = self._shared_state.get(effect.key)
        if content is None or (content[:1] == _SEALED) != effect.encrypted:
            return None
        with suppress(Unsealable, ValueError):
            opened = content[1:]
            return unpacked(self._sealer.open(opened, effect.key) if effect.encrypted else opened)
        return None

    def _leads_here(self, effect: FindCached) -> bool:
        """Whether this request fills the entry: it is the first here, and then among workers."""
        with self._lock:
            if effect.key in self._filling:
                return self._waiting >= MOST_WAITING
            self._filling[effect.key] = threading.Event()
        turn = int(self._shared_state.get(_turn_key(effect.key)) or 0)
        if self._shared_state.claim(f"{effect.key}/{turn}", effect.patience):
            self._leads[effect.request_id] = (effect.key, turn, effect.patience)
            return True
        is_shared = self._is_shared(effect.key)
        if is_shared:
            # Another worker fills it: those who wait here look again together and after a pause,
            # and not each in turn as soon as the one before has looked.
            self._sleep(POLL_SECONDS)
        self._give_up(effect.key)
        return not is_shared

    def _is_shared(self, key: str) -> bool:
        """Whether others can tell that they filled an entry. While the shared state is away claims
        are refused, and whoever waited would wait in vain, as long as a backend may take."""
        self._shared_state.set(_asked_key(key), b"", PASS_SECONDS)
        return self._shared_state.get(_asked_key(key)) is not None

    def _give_up(self, key: str) -> None:
        with self._lock:
            event = self._filling.pop(key, None)
        if event is not None:
            event.set()

    def _wait(self, effect: FindCached, ends: float) -> None:
        """Until the one that fills here, or looks after the other workers, is done."""
        with self._lock:
            event = self._filling.get(effect.key)
            self._waiting += 1
        try:
            if event is not None:
                event.wait(max(0.0, ends - self._monotonic()))
        finally:
            with self._lock:
                self._waiting -= 1


def _turn_key(key: str) -> str:
    """Counts how often an entry was filled, so that a failed filling lets the next one begin."""
    return f"{key}/turn"


def _pass_key(key: str) -> str:
    """Is there for a moment after a filling that kept nothing."""
    return f"{key}/pass"


def _asked_key(key: str) -> str:
    return f"{key}/asked"
