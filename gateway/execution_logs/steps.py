"""The lines of the execution log, step by step of a request's way. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.context import (
    Identified,
    Integrated,
    Located,
    Mapped,
    Prepared,
    Received,
    Reply,
    Routed,
)
from gateway.execution_logs.calls import Details, calls
from gateway.execution_logs.execution import Execution
from gateway.execution_logs.failures import failure
from gateway.execution_logs.watching import Asked
from gateway.snapshot import FunctionAuthorizer
from gateway.tracing import root_of

INFO = "INFO"
_UNPLANNED = frozenset({"INVALID_API_KEY", "QUOTA_EXCEEDED", "THROTTLED"})
"""Refusals by which a request never came to its method."""


def traced(context: Received) -> Iterator[str]:
    rest = context.stage.rest if isinstance(context, Located) else None
    if rest is not None and rest.tracing:
        yield f"X-ray Tracing ID : {root_of(context.request)}"


def authorized(execution: Execution, asked: Sequence[Asked], show: Details) -> Iterator[str]:
    """What the route's function said of the caller."""
    context = execution.context
    if not isinstance(context, Routed) or not isinstance(
        context.route.authorizer, FunctionAuthorizer
    ):
        return
    yield f"Starting authorizer: {context.route.authorizer.id} for request: {execution.request_id}"
    yield from calls(asked, show, is_authorizer=True)
    if isinstance(context, Identified):
        yield "Successfully completed authorizer execution"


def keyed(execution: Execution) -> Iterator[str]:
    """What the usage plans said. A key is told by its id, which is no secret."""
    context = execution.context
    if not isinstance(context, Identified):
        return
    stage = f"{context.api.api_id}/{context.stage.name}"
    key = context.key.id if context.key else ""
    yield (
        f"Verifying Usage Plan for request: {execution.request_id}. "
        f"API Key: {key} API Stage: {stage}"
    )
    if not context.route.api_key_required:
        yield (
            f"API Key {key} authorized because method '{context.route.key}' does not require API "
            "Key. Request will not contribute to throttle or quota limits"
        )
    if execution.reply.kind not in _UNPLANNED:
        yield f"Usage Plan check succeeded for API Key {key} and API Stage {stage}"


def executed(execution: Execution, asked: Sequence[Asked], show: Details) -> Iterator[str]:
    """What was asked, of whom, and what came back."""
    context = execution.context
    if not isinstance(context, Identified) or execution.reply.kind in _UNPLANNED:
        return
    request = context.request
    path = context.route.key.partition(" ")[2]
    yield f"Starting execution for request: {execution.request_id}"
    yield f"HTTP Method: {request.method}, Resource Path: {path}"
    if show.data_trace:
        yield f"Method request path: {show.pairs(context.match.variables)}"
        yield f"Method request query string: {show.query(request.query)}"
        yield f"Method request headers: {show.headers(request.headers.items())}"
        if isinstance(context, Prepared):
            yield f"Method request body before transformations: {show.body(context.body)}"
    yield from _integrated(context, asked, show)


def _integrated(context: Received, asked: Sequence[Asked], show: Details) -> Iterator[str]:
    """What went to the backend and came back."""
    yield from calls(asked, show)
    if asked or not isinstance(context, Mapped):
        return
    if show.data_trace:
        yield f"Endpoint request body after transformations: {show.body(context.outgoing.body)}"
    if isinstance(context, Integrated):
        yield f"Received response. Status: {context.result.status}, Integration latency: 0 ms"


def ended(execution: Execution, level: str, show: Details) -> Iterator[str]:
    reply = execution.reply
    if reply.kind:
        yield from failure(execution.context, reply, show)
    elif level == INFO:
        yield from _answered(reply, show)
    yield f"Method completed with status: {reply.status}"


def _answered(reply: Reply, show: Details) -> Iterator[str]:
    if show.data_trace:
        body = show.body(reply.body)
        yield f"Method response body after transformations: {body}"
        yield f"Method response headers: {show.headers(reply.headers)}"
    if reply.error:
        yield f"Execution failed: {show.text(reply.error)}"
    else:
        yield "Successfully completed execution"
