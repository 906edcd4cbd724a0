"""An attacker who makes up keys fills neither memory nor time."""

from __future__ import annotations

import pytest

from kernel.shared_state import in_process
from kernel.shared_state.expiring import Expiring
from kernel.shared_state.in_process import InProcess


def test_expired_entries_make_room_before_good_ones_are_evicted() -> None:
    entries: Expiring[str] = Expiring(2)
    entries.put("old", "a", expires=1, now=0)
    entries.put("good", "b", expires=100, now=0)
    entries.put("new", "c", expires=100, now=5)
    assert [entries.get(key, 5) for key in ("old", "good", "new")] == [None, "b", "c"]


def test_the_entry_written_longest_ago_is_evicted() -> None:
    entries: Expiring[str] = Expiring(2)
    for key in ("first", "second", "first", "third"):
        entries.put(key, key, expires=100, now=0)
    assert [entries.get(key, 0) for key in ("first", "second", "third")] == ["first", None, "third"]


def test_an_entry_heavier_than_everything_is_not_kept() -> None:
    entries: Expiring[str] = Expiring(10)
    entries.put("small", "a", expires=100, now=0, weight=10)
    entries.put("huge", "b", expires=100, now=0, weight=11)
    assert (entries.get("small", 0), entries.get("huge", 0)) == ("a", None)


def test_claims_are_refused_rather_than_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "MOST_ENTRIES", 3)
    state = InProcess(monotonic=lambda: 0.0)
    assert [state.claim(f"key {n}", 60) for n in range(5)] == [True, True, True, False, False]
    assert not state.claim("key 0", 60)


def test_the_cache_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "CACHE_BYTES", 10_000)
    state = InProcess()
    for n in range(100):
        state.set(f"key {n}", bytes(1000), 60)
    assert sum(state.get(f"key {n}") is not None for n in range(100)) == 8
