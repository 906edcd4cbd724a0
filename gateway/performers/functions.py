"""Calls functions through the registry, waiting for the answer or not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from gateway.effects import CallFunction, FunctionReply
from kernel.functions.errors import (
    FunctionError,
    FunctionFailed,
    FunctionNotFound,
    FunctionsBusy,
    FunctionTimedOut,
)
from kernel.functions.registry import Functions

MOST_EVENTS = 64
MOST_AUTHORIZING = 256
"""Calls of authorizers at once, those that wait for a runner or a Lambda endpoint too."""

log = structlog.get_logger(__name__)


Call = Callable[[CallFunction], FunctionReply]


def calling(
    functions: Functions,
    monotonic: Callable[[], float] = time.monotonic,
    stream: Call | None = None,
) -> Call:
    """A call that fails is answered too, with what its caller may tell.

    Calls that nobody waits for run beside the request, at most `MOST_EVENTS` at once. Those that
    stream are for `stream`. One authorizer's call more than `MOST_AUTHORIZING` is not made.
    """
    free = threading.BoundedSemaphore(MOST_EVENTS)
    authorizing = threading.BoundedSemaphore(MOST_AUTHORIZING)

    def call(effect: CallFunction) -> FunctionReply:
        if effect.streams and stream is not None:
            return stream(effect)
        if effect.authorizes:
            return authorize(effect)
        if not effect.is_event:
            return wait(effect)
        if not free.acquire(blocking=False):
            log.warning("api_function_refused", function=effect.function, reason="too many events")
            return FunctionReply(None, "failed", 429)
        threading.Thread(target=run_event, args=(effect,), daemon=True).start()
        return FunctionReply(None, status=202)

    def authorize(effect: CallFunction) -> FunctionReply:
        if not authorizing.acquire(blocking=False):
            log.warning("api_function_refused", function=effect.function, reason="too many callers")
            return FunctionReply(None, "timed out", 429)
        try:
            return wait(effect)
        finally:
            authorizing.release()

    def run_event(effect: CallFunction) -> None:
        try:
            wait(effect)
        finally:
            free.release()

    def wait(effect: CallFunction) -> FunctionReply:
        started = monotonic()
        try:
            called = functions.call(
                effect.function,
                effect.event,
                timeout=effect.timeout,
                use="authorizer" if effect.authorizes else "api",
            )
        except FunctionError as error:
            log.warning("api_function_failed", function=effect.function, reason=str(error))
            return failed(error, monotonic() - started)
        seconds = monotonic() - started
        return FunctionReply(called.result, seconds=seconds, request_id=called.request_id)

    return call


def failed(error: FunctionError, seconds: float) -> FunctionReply:
    """The answer that tells of an error."""
    if isinstance(error, FunctionNotFound):
        return FunctionReply(None, "missing", 404, seconds)
    if isinstance(error, FunctionsBusy):
        return FunctionReply(None, "timed out", 429, seconds)
    if isinstance(error, FunctionTimedOut):
        return FunctionReply(None, "timed out", 504, seconds)
    if isinstance(error, FunctionFailed):
        told = {"errorMessage": error.message, "errorType": error.error_type}
        return FunctionReply(told, "failed", 200, seconds)
    return FunctionReply(None, "failed", 502, seconds)
