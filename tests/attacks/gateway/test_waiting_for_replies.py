"""Who waits for another's reply waits for that one alone, and not for ever."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.effects import Cached, Entry, FindCached, KeepCached
from gateway.performers.cached_replies import POLL_SECONDS, CachedReplies
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess

KEY = "gateway/cache/abc123/prod/k"
PATIENCE = 20.0


class Away(InProcess):
    """What `kernel.shared_state.valkey` answers while its server is away."""

    def claim(self, key: str, lifetime: float) -> bool:
        return False

    def get(self, key: str) -> bytes | None:
        return None

    def set(self, key: str, value: bytes, lifetime: float) -> None:
        return None


def make(store: InProcess) -> CachedReplies:
    return CachedReplies(store, Sealer({1: bytes(32)}), now=lambda: 0.0)


def asked(request_id: str) -> FindCached:
    return FindCached(KEY, "abc123", "prod", request_id, 1.0, PATIENCE, encrypted=False)


@pytest.mark.parametrize("keeps", [True, False])
def test_replies_that_are_not_kept_are_not_given_out_one_by_one(keeps):
    cached = make(InProcess())
    most, here, lock = 0, 0, threading.Lock()

    def ask(number: int) -> Cached:
        nonlocal most, here
        found = cached.find(asked(str(number)))
        if not found.is_fresh:
            with lock:
                here += 1
                most = max(most, here)
            time.sleep(0.2)
            if keeps:
                cached.keep(KeepCached(KEY, Entry(200, (), b"", 1.0, 9.0), 9, encrypted=False))
            with lock:
                here -= 1
        cached.done(str(number))
        return found

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(20)))
    assert (most == 1) == keeps


def test_nobody_waits_while_the_shared_state_is_away():
    cached = make(Away())
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda number: cached.find(asked(str(number))), range(20)))
    assert time.monotonic() - started < PATIENCE
    assert {each.entry for each in found} == {None}


class Counting(InProcess):
    """The state that two workers share, which counts how often they try to be first."""

    def __init__(self) -> None:
        super().__init__()
        self.claims = 0

    def claim(self, key: str, lifetime: float) -> bool:
        self.claims += 1
        return super().claim(key, lifetime)


def test_those_who_wait_for_another_worker_look_after_it_by_turns():
    store = Counting()
    one, other = make(store), make(store)
    assert one.find(asked("first")).entry is None
    store.claims = 0
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(other.find, asked(f"w{number}")) for number in range(20)]
        time.sleep(0.5)
        assert not any(each.done() for each in waiting)
        counted, seconds = store.claims, time.monotonic() - started
        one.keep(KeepCached(KEY, Entry(200, (), b"", 1.0, 9.0), 9, encrypted=False))
        one.done("first")
        assert all(each.result().is_fresh for each in waiting)
    assert counted <= seconds / POLL_SECONDS + 2
