"""Whoever fills the response cache makes nobody else forget anything."""

from __future__ import annotations

import pytest

from gateway.response_cache import prefix_of
from kernel.shared_state import in_process, valkey
from kernel.shared_state.in_process import InProcess


def test_kept_replies_evict_no_note_of_a_sign_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(in_process, "CACHE_BYTES", 10_000)
    state = InProcess()
    state.set("signed-out:ada", b"now", 600)
    for number in range(100):
        state.set(f"{prefix_of('abc123', 'prod')}{number}", bytes(1_000), 300)
    assert state.get("signed-out:ada") == b"now"
    kept = [state.get(f"{prefix_of('abc123', 'prod')}{number}") for number in range(100)]
    assert sum(each is not None for each in kept) == 8


def test_valkey_keeps_a_bounded_share_of_replies(valkey_url: str, monkeypatch: pytest.MonkeyPatch):
    """Its own bound lets go of what expires soonest, such as claims on codes that work once."""
    monkeypatch.setattr(valkey, "REPLY_BYTES", 20_000)
    state = valkey.Valkey(valkey_url, workers=2)
    try:
        assert state.claim("a code", 60)
        keys = [f"{prefix_of('abc123', 'test')}{number}" for number in range(100)]
        for key in keys:
            state.set(key, bytes(1_000), 300)
        assert [key for key in keys if state.get(key) is not None] == keys[-8:]
        state.set(keys[0], bytes(20_000), 300)
        assert state.get(keys[0]) is None
        state.set("signed-out:ada", bytes(20_000), 300)
        assert state.get("signed-out:ada") is not None
        assert not state.claim("a code", 60)
    finally:
        state.close()
