"""The execution log of one request to a REST API, in AWS's own words. Pure.

What a request passed is in the phase that it reached, in what its handlers asked for, and in the
reply. The wording is that of API Gateway's execution logs ("Set up CloudWatch logging for REST
APIs", API Gateway developer guide), which people search for and tools parse. ERROR tells of
requests that failed alone; bodies, headers and queries are there only with data trace, secrets
never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import orjson

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
from gateway.execution_log_calls import Details, calls, split_calls
from gateway.execution_log_failures import failure
from gateway.log_destinations import CANARY
from gateway.log_redaction import redaction_of
from gateway.rest.request_ids import request_id_of
from gateway.snapshot import NO_SETTINGS, FunctionAuthorizer, MethodSettings
from gateway.tracing import root_of
from gateway.watching import Asked
from kernel.values import value

INFO = "INFO"
ERROR = "ERROR"
LEAST_ERROR = 400
_UNPLANNED = frozenset({"INVALID_API_KEY", "QUOTA_EXCEEDED", "THROTTLED"})
"""Refusals by which a request never came to its method."""


@value
class Execution:
    """A request that was answered."""

    context: Received
    """The furthest phase that it reached."""
    reply: Reply
    asked: Sequence[Asked] = ()

    @property
    def request_id(self) -> str:
        return request_id_of(self.context.request.id)


def settings_of(context: Received) -> MethodSettings:
    """What the request's stage sets for its route; the stage's default before there is one."""
    if not isinstance(context, Located):
        return NO_SETTINGS
    return context.stage.settings_of(context.route.key if isinstance(context, Routed) else "")


def is_logged(execution: Execution) -> bool:
    """Whether the log has anything of this request."""
    level = settings_of(execution.context).logging_level
    return level == INFO or (level == ERROR and execution.reply.status >= LEAST_ERROR)


def lines(execution: Execution, level: str, *, data_trace: bool) -> Iterator[str]:
    """The log's lines, without their times."""
    context = execution.context
    show = Details(redaction_of(context), data_trace=data_trace and level == INFO)
    of_authorizer, of_integration = split_calls(context, execution.asked)
    yield f"Extended Request Id: {context.request.id}"
    if level == INFO:
        yield from _traced(context)
        yield from _authorized(execution, of_authorizer, show)
        yield from _keyed(execution)
        yield from _executed(execution, of_integration, show)
    yield from _ended(execution, level, show)


def method_lines(execution: Execution) -> Iterator[str]:
    """What happened in the test of a method, of which no authorizer and no plan is asked."""
    show = Details(redaction_of(execution.context), data_trace=True)
    yield from _executed(execution, execution.asked, show)
    yield from _ended(execution, INFO, show)


def authorizer_lines(execution: Execution) -> Iterator[str]:
    """What happened in the test of an authorizer."""
    show = Details(redaction_of(execution.context), data_trace=True)
    of_authorizer, _ = split_calls(execution.context, execution.asked)
    yield from _authorized(execution, of_authorizer, show)
    if execution.reply.kind:
        yield from failure(execution.context, execution.reply, show)


def method_test_log(execution: Execution) -> str:
    """The log as TestInvokeMethod shows it."""
    return _timed(execution, method_lines(execution))


def authorizer_test_log(execution: Execution) -> str:
    """The log as TestInvokeAuthorizer shows it."""
    return _timed(execution, authorizer_lines(execution))


def stage_log(execution: Execution) -> str:
    """The log as events of the stage's log group: JSON lines with `timestamp` and `message`."""
    settings = settings_of(execution.context)
    moment = round(execution.context.request.received_at * 1000)
    told = lines(execution, settings.logging_level, data_trace=settings.data_trace)
    prefix = f"({execution.request_id}) "
    events = ({"timestamp": moment, "message": prefix + _sendable(line)} for line in told)
    return "\n".join(orjson.dumps(event).decode() for event in events)


def group_of(context: Located) -> str:
    """The name of a stage's log group, as API Gateway gives it."""
    suffix = CANARY if context.stage.is_canary else ""
    return f"API-Gateway-Execution-Logs_{context.api.api_id}/{context.stage.name}{suffix}"


def _timed(execution: Execution, told: Iterator[str]) -> str:
    """Lines with their time, after one that names the request."""
    moment = datetime.fromtimestamp(execution.context.request.received_at, UTC)
    stamp = moment.strftime("%a %b %d %H:%M:%S UTC %Y")
    timed = "".join(f"{stamp} : {_sendable(line)}\n" for line in told)
    return f"Execution log for request {execution.request_id}\n{timed}"


def _sendable(line: str) -> str:
    return line.encode("utf-8", "replace").decode()


def _traced(context: Received) -> Iterator[str]:
    rest = context.stage.rest if isinstance(context, Located) else None
    if rest is not None and rest.tracing:
        yield f"X-ray Tracing ID : {root_of(context.request)}"


def _authorized(execution: Execution, asked: Sequence[Asked], show: Details) -> Iterator[str]:
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


def _keyed(execution: Execution) -> Iterator[str]:
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


def _executed(execution: Execution, asked: Sequence[Asked], show: Details) -> Iterator[str]:
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


def _ended(execution: Execution, level: str, show: Details) -> Iterator[str]:
    reply = execution.reply
    if reply.kind:
        yield from failure(execution.context, reply, show)
    elif level == INFO:
        yield from _answered(reply, show)
    yield f"Method completed with status: {reply.status}"


def _answered(reply: Reply, show: Details) -> Iterator[str]:
    if show.data_trace:
        body = show.body(reply.body) if isinstance(reply.body, bytes) else "[a stream]"
        yield f"Method response body after transformations: {body}"
        yield f"Method response headers: {show.headers(reply.headers)}"
    if reply.error:
        yield f"Execution failed: {show.text(reply.error)}"
    else:
        yield "Successfully completed execution"
