"""Calls functions through the registry."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from gateway.effects import CallFunction, FunctionReply
from kernel.functions.errors import (
    FunctionError,
    FunctionFailed,
    FunctionNotFound,
    FunctionTimedOut,
)
from kernel.functions.registry import Functions

log = structlog.get_logger(__name__)


def calling(
    functions: Functions, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[CallFunction], FunctionReply]:
    """A call that fails is answered too, with what its caller may tell."""

    def call(effect: CallFunction) -> FunctionReply:
        started = monotonic()
        try:
            payload = functions.invoke(effect.function, dict(effect.event), timeout=effect.timeout)
        except FunctionError as error:
            log.warning("api_function_failed", function=effect.function, reason=str(error))
            return _failed(error, monotonic() - started)
        return FunctionReply(payload, seconds=monotonic() - started)

    return call


def _failed(error: FunctionError, seconds: float) -> FunctionReply:
    if isinstance(error, FunctionNotFound):
        return FunctionReply(None, "missing", 404, seconds)
    if isinstance(error, FunctionTimedOut):
        return FunctionReply(None, "timed out", 504, seconds)
    if isinstance(error, FunctionFailed):
        told = {"errorMessage": error.message, "errorType": error.error_type}
        return FunctionReply(told, "failed", 200, seconds)
    return FunctionReply(None, "failed", 502, seconds)
