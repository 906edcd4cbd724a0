"""The execution log of one request to a REST API, in AWS's own words. Pure.

What a request passed is in the phase that it reached, in what its handlers asked for, and in the
reply. The wording is that of API Gateway's execution logs ("Set up CloudWatch logging for REST
APIs", API Gateway developer guide), which people search for and tools parse. ERROR tells of
requests that failed alone; bodies and headers are there only with data trace, secrets never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from gateway.context import Forward, Integrated, Located, Mapped, Prepared, Received, Reply, Routed
from gateway.effects import CallFunction, CallService, FunctionReply, Send, Sent
from gateway.integrations.message import UpstreamRequest
from gateway.log_redaction import (
    shortened,
    shown_body,
    shown_headers,
    shown_pairs,
    shown_query,
    shown_target,
)
from gateway.rest.request_ids import request_id_of
from gateway.snapshot import NO_SETTINGS, MethodSettings
from gateway.watching import Asked
from kernel.values import value

INFO = "INFO"
ERROR = "ERROR"
OFF = "OFF"
LEAST_ERROR = 400


@value
class Execution:
    """A request that was answered."""

    context: Received
    """The furthest phase that it reached."""
    reply: Reply
    asked: Sequence[Asked] = ()
    forward: Forward | None = None
    """What was sent upstream, where the reply streamed through."""
    seconds: float = 0.0


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
    context, reply = execution.context, execution.reply
    if level == INFO:
        yield f"Extended Request Id: {context.request.id}"
        yield from _started(context, data_trace=data_trace)
        yield from _endpoint(execution, data_trace=data_trace)
    if reply.kind or reply.error:
        why = shortened(reply.error or reply.kind)
        yield f"Execution failed due to {_cause(reply)} error: {why}"
    if level == INFO:
        if data_trace:
            yield f"Method response body after transformations: {_body(reply)}"
            yield f"Method response headers: {shown_headers(reply.headers)}"
        if not reply.kind:
            yield "Successfully completed execution"
    yield f"Method completed with status: {reply.status}"


def test_log(execution: Execution, moment: float) -> str:
    """The log as TestInvokeMethod shows it, each line after the first with its time."""
    request_id = request_id_of(execution.context.request.id)
    stamp = datetime.fromtimestamp(moment, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    told = [f"Starting execution for request: {request_id}"]
    told += lines(execution, INFO, data_trace=True)
    timed = "".join(f"{stamp} : {line}\n" for line in told)
    return f"Execution log for request {request_id}\n{timed}"


def stage_log(execution: Execution) -> dict[str, object]:
    """The log as an entry for a stage's log group: when, of which request, and the lines."""
    settings = settings_of(execution.context)
    request_id = request_id_of(execution.context.request.id)
    told = lines(execution, settings.logging_level, data_trace=settings.data_trace)
    return {
        "timestamp": round(execution.context.request.received_at * 1000),
        "requestId": request_id,
        "messages": [f"({request_id}) {line}" for line in told],
    }


def group_of(context: Located) -> str:
    """The name of a stage's log group, as API Gateway gives it."""
    return f"API-Gateway-Execution-Logs_{context.api.api_id}/{context.stage.name}"


def _started(context: Received, *, data_trace: bool) -> Iterator[str]:
    request = context.request
    if not isinstance(context, Routed):
        return
    path = context.route.key.partition(" ")[2]
    yield f"HTTP Method: {request.method}, Resource Path: {path}"
    if not data_trace:
        return
    yield f"Method request path: {shown_pairs(context.match.variables)}"
    yield f"Method request query string: {shown_query(request.query)}"
    yield f"Method request headers: {shown_headers(request.headers.items())}"
    if isinstance(context, Prepared):
        yield f"Method request body before transformations: {shown_body(context.body)}"


def _endpoint(execution: Execution, *, data_trace: bool) -> Iterator[str]:
    """What went to the backend and came back."""
    context = execution.context
    if execution.forward is not None:
        yield from _sent(execution.forward.request, None, data_trace=data_trace)
    for each in execution.asked:
        yield from _call(each, data_trace=data_trace)
    if isinstance(context, Mapped) and not execution.asked and data_trace:
        yield f"Endpoint request body after transformations: {shown_body(context.outgoing.body)}"
    if isinstance(context, Integrated) and not execution.asked:
        yield f"Received response. Status: {context.result.status}, Integration latency: 0 ms"


def _call(asked: Asked, *, data_trace: bool) -> Iterator[str]:
    effect, answer = asked.effect, asked.answer
    if isinstance(effect, Send):
        yield from _sent(effect.request, effect.body, data_trace=data_trace)
    elif isinstance(effect, CallFunction):
        yield f"Endpoint request URI: {shortened(effect.function)}"
        if data_trace:
            yield f"Endpoint request body after transformations: {shown_body(effect.event)}"
        yield f"Sending request to {shortened(effect.function)}"
    elif isinstance(effect, CallService):
        where = f"{effect.service}.{effect.region}{effect.path}"
        yield f"Endpoint request URI: {shown_target(where)}"
        if data_trace:
            yield f"Endpoint request headers: {shown_headers(effect.headers)}"
            yield f"Endpoint request body after transformations: {shown_body(effect.body)}"
        yield f"Sending request to {shown_target(where)}"
    yield from _received(answer, asked.seconds, data_trace=data_trace)


def _sent(request: UpstreamRequest, body: bytes | None, *, data_trace: bool) -> Iterator[str]:
    origin = request.origin
    url = shown_target(f"{origin.scheme}://{request.authority}{request.target}")
    yield f"Endpoint request URI: {url}"
    if data_trace:
        yield f"Endpoint request headers: {shown_headers(request.headers)}"
        if body is not None:
            yield f"Endpoint request body after transformations: {shown_body(body)}"
    yield f"Sending request to {url}"


def _received(answer: object, seconds: float, *, data_trace: bool) -> Iterator[str]:
    latency = round(seconds * 1000)
    if isinstance(answer, Sent):
        yield f"Received response. Status: {answer.status}, Integration latency: {latency} ms"
        if data_trace:
            yield f"Endpoint response headers: {shown_headers(answer.headers)}"
            yield f"Endpoint response body before transformations: {shown_body(answer.body)}"
    elif isinstance(answer, FunctionReply):
        yield f"Received response. Status: {answer.status}, Integration latency: {latency} ms"
        if answer.error:
            yield f"Lambda execution failed: {shortened(answer.error)}"
        if data_trace:
            yield f"Endpoint response body before transformations: {shown_body(answer.payload)}"
    else:
        yield f"No response was received after {latency} ms: {type(answer).__name__}"


def _body(reply: Reply) -> str:
    return shown_body(reply.body) if isinstance(reply.body, bytes) else "[a stream]"


def _cause(reply: Reply) -> str:
    if reply.kind in {"INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"}:
        return "integration"
    if reply.kind.startswith("AUTHORIZER"):
        return "authorizer"
    return "configuration" if reply.status >= 500 else "request"
