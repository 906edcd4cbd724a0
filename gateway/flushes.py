"""How workers learn that what they keep for a stage is to be forgotten.

FlushStageCache and FlushStageAuthorizersCache publish the stage over the shared state, on a
channel each; whoever keeps replies or authorizers' answers subscribes:

    shared_state.subscribe(FLUSH_CACHE, lambda message: forget(stage_of(message)), forget_all)

Where messages may have been missed, everything is to be forgotten.
"""

from __future__ import annotations

from typing import NamedTuple

FLUSH_CACHE = "gateway-flush-cache"
FLUSH_AUTHORIZERS = "gateway-flush-authorizers"


class FlushedStage(NamedTuple):
    """The stage of an API, by the names under which it is served."""

    api_id: str
    stage: str


def message_of(api_id: str, stage: str) -> bytes:
    """What is published: neither an API's id nor a stage's name holds a slash."""
    return f"{api_id}/{stage}".encode()


def stage_of(message: bytes) -> FlushedStage:
    """The stage that a message names."""
    api_id, _, stage = message.decode().partition("/")
    return FlushedStage(api_id, stage)
