"""Which filling of `SharedState` a process uses."""

from __future__ import annotations

from kernel.settings import Settings
from kernel.shared_state.in_process import InProcess
from kernel.shared_state.interface import SharedState


def open_shared_state(settings: Settings) -> SharedState:
    """Valkey where one is configured, else this process alone. Call it after the fork."""
    if not settings.valkey_url:
        return InProcess()
    from kernel.shared_state.valkey import Valkey  # the client's import takes a tenth of a second

    return Valkey(settings.valkey_url, settings.workers)
