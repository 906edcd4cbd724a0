"""Whoever fills the response cache makes nobody else forget anything."""

from __future__ import annotations

import pytest

from gateway.response_cache import prefix_of
from kernel.shared_state import in_process
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
