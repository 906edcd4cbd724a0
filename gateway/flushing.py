"""How the control planes tell every worker to forget what it keeps for a stage."""

from __future__ import annotations

from collections.abc import Callable

from kernel.shared_state.interface import SharedState

AUTHORIZERS = "gateway-authorizers"
"""The channel of ResetAuthorizersCache and FlushStageAuthorizersCache."""

RESPONSES = "gateway-responses"
"""The channel of FlushStageCache."""


def flush(shared_state: SharedState, channel: str, api_id: str, stage: str) -> None:
    """Tell all workers; this one has done it when this returns."""
    shared_state.publish(channel, f"{api_id}/{stage}".encode())


def on_flush(shared_state: SharedState, channel: str, forget: Callable[[str, str], None]) -> None:
    """Call `forget` with API and stage at each flush; with empty ones where some may be missed."""

    def heard(message: bytes) -> None:
        api_id, _, stage = message.decode().partition("/")
        forget(api_id, stage)

    shared_state.subscribe(channel, heard, lambda: forget("", ""))
