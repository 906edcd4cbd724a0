"""AWS_PROXY: a function gets the whole request as an event and makes the whole reply."""

from __future__ import annotations

from gateway import replies
from gateway.context import (
    Answered,
    Headers,
    Identified,
    Mapped,
    Outcome,
    Reply,
    Result,
    Steps,
    grown,
)
from gateway.effects import CallFunction, FunctionReply, FunctionStream, ReadBody
from gateway.events import version_1, version_2
from gateway.handlers.finish import map_response
from gateway.integrations.function_answers import (
    MalformedAnswer,
    ProxyAnswer,
    read_metadata,
    read_version_1,
    read_version_2,
)
from gateway.integrations.function_body import body_members, is_binary_body, is_binary_type
from gateway.integrations.function_uri import function_of
from gateway.mapping import media_types
from gateway.mapping.content_handling import is_binary
from gateway.snapshot import FunctionIntegration, RestIntegration

MALFORMED = replies.message(502, "Internal server error", error="malformed Lambda proxy response")
FAILED = replies.message(502, "Internal server error", error="the function failed")
NO_FUNCTION = replies.message(500, "Internal Server Error", error="the function does not exist")
TIMED_OUT = replies.message(503, "Service Unavailable", error="the function timed out")


def integrate_rest(context: Mapped) -> Steps:
    """Of a REST API: payload format 1.0, binary bodies by the API's media types."""
    target, rest = context.route.target, context.stage.rest
    if not isinstance(target, RestIntegration) or rest is None:
        return replies.INTERNAL_SERVER_ERROR
    is_binary = is_binary_type(context.request, rest.binary_media_types)
    event = {
        **version_1.event_of(context),
        **body_members(context.outgoing.body, is_binary=is_binary),
    }
    function = function_of(target.uri, context.stage.variables)
    seconds = target.timeout_ms / 1000
    reply = yield CallFunction(function, event, seconds, streams=target.streams)
    if reply.error:
        return _rest_refusal(reply)
    if target.streams:
        return _streamed(context, reply)
    try:
        answer = read_version_1(reply.payload)
    except MalformedAnswer as error:
        return _because(MALFORMED, str(error))
    return _answered(context, answer, reply.seconds)


def integrate_http(context: Identified) -> Steps:
    """Of an HTTP API: payload format 1.0 or 2.0, binary bodies by what they are."""
    target = context.route.target
    if not isinstance(target, FunctionIntegration):
        return replies.INTERNAL_SERVER_ERROR
    body = yield ReadBody()
    if isinstance(body, Reply):
        return body
    members = body_members(body, is_binary=is_binary_body(context.request, body))
    if target.payload_version == "1.0":
        event = {"version": "1.0", **version_1.event_of(context), **members}
    else:
        event = {**version_2.event_of(context), **_without_null(members)}
    function = function_of(target.function, context.stage.variables)
    reply = yield CallFunction(function, event, target.timeout_ms / 1000)
    if reply.error:
        refusal = TIMED_OUT if reply.error == "timed out" else replies.INTERNAL_SERVER_ERROR
        return _because(refusal, _reason(reply))
    read = read_version_1 if target.payload_version == "1.0" else read_version_2
    try:
        answer = read(reply.payload)
    except MalformedAnswer as error:
        return _because(replies.INTERNAL_SERVER_ERROR, str(error))
    return Reply(answer.status, _headers(context, answer), answer.body)


def _streamed(context: Mapped, reply: FunctionReply) -> Outcome:
    """A reply whose body follows as the function gives it; bytes stay as they are: "Receive a
    binary payload without configuring the binary media types" (developer guide)."""
    answered = reply.payload
    if not isinstance(answered, FunctionStream):
        return _because(MALFORMED, "the function does not stream")
    try:
        answer = read_metadata(answered.metadata)
    except MalformedAnswer as error:
        return _because(MALFORMED, str(error))
    headers = _with_type(_headers(context, answer))
    result = Result(answer.status, headers, seconds=reply.seconds)
    told = Reply(answer.status, headers, answered.pieces)
    return grown(Answered, context, result=result, reply=told)


def _with_type(headers: Headers) -> Headers:
    if any(name == "content-type" for name, _ in headers):
        return headers
    return (*headers, ("content-type", media_types.JSON))


def _answered(context: Mapped, answer: ProxyAnswer, seconds: float) -> Outcome:
    headers = _headers(context, answer)
    body = answer.body
    if answer.is_binary and not _wants_binary(context):
        body = body_members(body, is_binary=True)["body"].encode() if body else b""
    headers = _with_type(headers)
    result = Result(answer.status, headers, body, seconds=seconds)
    return grown(Answered, context, result=result, reply=Reply(answer.status, headers, body))


def _wants_binary(context: Mapped) -> bool:
    """Whether the client gets bytes: "API Gateway uses the first Accept header from clients to
    determine if a response should return binary media" (developer guide, "Binary media types for
    REST APIs"). What the function says of its reply's type decides nothing; a client without an
    Accept header gets bytes where all types are binary (`*/*`)."""
    first = context.request.headers.get("accept", "").partition(",")[0]
    return is_binary(first, context.stage.rest.binary_media_types if context.stage.rest else ())


def _headers(context: Identified, answer: ProxyAnswer) -> Headers:
    """What may go to the client: the length is that of the body as it is sent."""
    mapped = map_response(context, answer.headers)
    return tuple(pair for pair in mapped if pair[0] != "content-length")


def _without_null(members: dict[str, object]) -> dict[str, object]:
    return {name: each for name, each in members.items() if each is not None}


def _rest_refusal(reply: FunctionReply) -> Reply:
    if reply.error == "missing":
        return NO_FUNCTION
    if reply.error == "timed out":
        return replies.GATEWAY_TIMEOUT
    return _because(FAILED, _reason(reply))


def _reason(reply: FunctionReply) -> str:
    told = reply.payload if isinstance(reply.payload, dict) else {}
    return f"the function {reply.error}: {told.get('errorType', '')}".rstrip(": ")


def _because(refusal: Reply, why: str) -> Reply:
    """The refusal with its cause for the access log; the client is told nothing of it."""
    return Reply(refusal.status, refusal.headers, refusal.body, why, refusal.kind)
