"""What tests of methods and of authorizers share: a stage that nobody deployed, and who calls.

The chain's own steps run on a made request against the working copy, and really call backends and
functions, by the same performers and so by the same outbound rules as requests of clients.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway import snapshot
from gateway.chain import run_from
from gateway.context import Address, Forward, Handler, Received, Reply, Request
from gateway.control.compiling import rest
from gateway.control.rest.stage_rules import require_stage
from gateway.effects import Effect, ReadBody, TakeToken
from gateway.execution_logs.execution import Execution
from gateway.execution_logs.watching import Watching
from gateway.integrations.errors import UpstreamError
from gateway.performers import READ_WHOLE, Performers
from gateway.quotas import PAYLOAD_BYTES
from gateway.room import Room, Share
from kernel.aws.operations import Input

STAGE = "test-invoke-stage"
SETTINGS = {"": snapshot.MethodSettings(logging_level="INFO", data_trace=True)}


@dataclass(frozen=True)
class Invoker:
    """What the data plane lends to tests: it calls backends, and knows what is served."""

    perform: Performers
    current: Callable[[], snapshot.Snapshot]
    issuer_of: Callable[[str], str]
    room: Room = field(default_factory=Room)
    """What tests hold counts here."""


@dataclass(frozen=True)
class Tested:
    """What came of a test."""

    execution: Execution
    seconds: float


def stage_of_test(
    request: Input, definition: Mapping[str, Any], invoker: Invoker
) -> snapshot.Stage:
    """The stage that a test serves, with the variables that it names. Raises `Invalid`."""
    document = {
        "variables": request.get("stageVariables") or {},
        "clientCertificateId": request.get("clientCertificateId") or "",
    }
    require_stage(document)
    stage = rest.compile_stage(STAGE, document, definition, invoker.issuer_of)
    # The reply is shown as text: nothing compresses it.
    settings = stage.rest and replace(stage.rest, minimum_compression_size=None)
    return replace(stage, settings=SETTINGS, rest=settings)


def located(
    request: Request, path: str, api: snapshot.Api, stage: snapshot.Stage, invoker: Invoker
) -> dict[str, Any]:
    """The members of a `Located` phase, in a snapshot that serves the test beside what is there."""
    served = replace(api, stages={STAGE: stage})
    current = invoker.current()
    return {
        "request": request,
        "address": Address(served.api_id, STAGE, path),
        "snapshot": replace(current, apis={**current.apis, served.api_id: served}),
        "api": served,
        "stage": stage,
    }


def run_test(
    context: Received, steps: tuple[Handler, ...], body: bytes, invoker: Invoker
) -> Tested:
    """Pass the request along the steps, and watch. A test is throttled by nothing."""
    share = Share(invoker.room)

    def perform(effect: Effect) -> Any:
        if type(effect) in READ_WHOLE:
            return invoker.perform.whole(effect, share.hold)
        if isinstance(effect, TakeToken):
            return True
        return body if isinstance(effect, ReadBody) else invoker.perform(effect)

    watching = Watching(perform)
    started = time.monotonic()
    try:
        decision = run_from(context, steps, watching)
        reply = _whole(decision.answer)
    finally:
        share.let_go()
    seconds = time.monotonic() - started
    return Tested(Execution(decision.context, reply, watching.asked), seconds)


def _whole(answer: Reply | Forward) -> Reply:
    """The reply, read to its end. Data trace sees to it that nothing is only passed through."""
    if isinstance(answer, Forward):
        raise TypeError("a test's reply is read whole")
    if isinstance(answer.body, bytes):
        return answer
    body, error = _gathered(answer.body)
    return replace(answer, body=body, error=error or answer.error)


def _gathered(pieces: Iterable[bytes]) -> tuple[bytes, str]:
    """What came of a body, and why it ended too early where it did."""
    gathered, size, error = [], 0, ""
    try:
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            if size > PAYLOAD_BYTES:
                break
    except UpstreamError as broken:
        error = str(broken)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return b"".join(gathered)[:PAYLOAD_BYTES], error
