"""AWS with a function: the request template makes the event, response templates the reply.

"For the Lambda custom integration [...] API Gateway maps errors by `errorMessage`": a function
that fails answers 200 with its error, which `selectionPattern` is matched with (API Gateway
developer guide, "Handle custom Lambda errors in API Gateway").
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway import header_rules, replies
from gateway.context import Integrated, Mapped, Reply, Result, Steps, grown
from gateway.effects import CallFunction
from gateway.integrations.function_uri import function_of
from gateway.snapshot import RestIntegration

INVOCATION_TYPE = "x-amz-invocation-type"


def integrate(context: Mapped) -> Steps:
    """Call the function with the mapped body."""
    target = context.route.target
    if not isinstance(target, RestIntegration):
        return replies.INTERNAL_SERVER_ERROR
    event = _event(context.outgoing.body)
    if isinstance(event, Reply):
        return event
    is_event = header_rules.first(context.outgoing.headers, INVOCATION_TYPE).lower() == "event"
    function = function_of(target.uri, context.stage.variables)
    reply = yield CallFunction(function, event, target.timeout_ms / 1000, is_event=is_event)
    if reply.error == "missing":
        return replies.INTERNAL_SERVER_ERROR
    if reply.error == "timed out":
        return replies.GATEWAY_TIMEOUT
    told = reply.payload.get("errorMessage", "") if reply.error and reply.payload else ""
    body = b"" if is_event else orjson.dumps(reply.payload)
    headers = (("content-type", "application/json"),)
    result = Result(202 if is_event else 200, headers, body, str(told), reply.seconds)
    return grown(Integrated, context, result=result)


def _event(body: bytes) -> Any:
    """The event that a template made. Without one the body itself, which must be JSON."""
    try:
        return orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return replies.message(
            400, "Could not parse request body into json", kind="BAD_REQUEST_BODY"
        )
