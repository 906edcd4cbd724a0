"""Lambda authorizers: a function says who calls and what he may.

TOKEN and REQUEST of REST APIs, REQUEST of HTTP APIs with payload 1.0 or 2.0 and either form of
answer. An answer is kept for `result_ttl` seconds under what identified the caller, and its policy
is evaluated for each request's own ARN.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from gateway import quotas, replies
from gateway.authorizers.answers import (
    Answer,
    MalformedAnswer,
    read_policy_answer,
    read_simple_answer,
    unpacked,
)
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import execute_arn, strictest
from gateway.authorizers.expressions import matches
from gateway.authorizers.identity_sources import identity_of, value_of
from gateway.context import Identified, Outcome, Reply, Routed, Steps, grown
from gateway.effects import CallFunction, FunctionReply, Keep, Recall, TakeToken
from gateway.events import version_1, version_2
from gateway.integrations.function_uri import function_of
from gateway.snapshot import FunctionAuthorizer
from kernel.iam.policy import Decision

TIMEOUT = 10.0
"""Seconds. Quotas of API Gateway: a Lambda authorizer has ten seconds."""

# Why, for the execution log alone.
NO_IDENTITY = "the request does not have all identity sources of the authorizer"
NOT_VALID = "the token does not match the authorizer's identityValidationExpression"
FAILED = replies.message(500, "Internal Server Error", kind="AUTHORIZER_FAILURE")
DENIED = "User is not authorized to access this resource"
DENIED_EXPLICITLY = f"{DENIED} with an explicit deny"


def by_function(context: Routed, authorizer: FunctionAuthorizer) -> Steps:
    """Ask the function, or remember what it answered, and judge."""
    identifiers = [value_of(context, source) for source in authorizer.identity_sources]
    if not all(identifiers):
        return replies.with_error(replies.UNAUTHORIZED, NO_IDENTITY)
    if not _is_valid(authorizer, identifiers):
        return replies.with_error(replies.UNAUTHORIZED, NOT_VALID)
    function = function_of(authorizer.function, context.stage.variables)
    identities = (identity_of(context, source) for source in authorizer.identity_sources)
    parts = (function, *identities)
    key = _cache_key(context, authorizer, parts) if _is_kept(authorizer) else ""
    kept = (yield Recall(key)) if key else None
    if kept is not None:
        return _judge(context, unpacked(kept), 0.0)
    may_ask = yield _permit(context)
    if not may_ask:
        return replies.TOO_MANY_REQUESTS
    event = _event(context, authorizer, identifiers)
    reply = yield CallFunction(function, event, TIMEOUT, authorizes=True)
    answer = _read(authorizer, reply, is_rest=context.api.protocol == "REST")
    if isinstance(answer, Reply):
        return answer
    if key:
        yield Keep(key, answer.packed(), authorizer.result_ttl)
    return _judge(context, answer, reply.seconds, reply.request_id)


def _permit(context: Routed) -> TakeToken:
    """Each call of a function costs what no other refusal does, and comes before the throttles of
    stage and account, which shall not be spent by whoever is not let in: so each client has so many
    calls at a stage, however many tokens he makes up."""
    who = _network(context.request.client_address)
    bucket = f"gateway/authorizer/{context.api.api_id}/{context.stage.name}/{who}"
    return TakeToken(bucket, quotas.AUTHORIZER_CALLS_PER_SECOND, quotas.AUTHORIZER_CALLS_BURST)


def _network(address: str) -> str:
    """The client's address; of IPv6 the network of 64 bits, in which a client has any address
    ("the 64-bit Interface Identifier", RFC 4291 §2.5.4)."""
    if ":" not in address:
        return address
    try:
        number = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(number.ipv4_mapped or IPv6Network((number, 64), strict=False))


def cache_prefix(api_id: str, stage: str) -> str:
    """What the keys of a stage's answers begin with."""
    return f"authorizer/{api_id}/{stage}/"


def _is_kept(authorizer: FunctionAuthorizer) -> bool:
    """Without identity sources nothing tells callers apart, so nothing is kept."""
    return authorizer.result_ttl > 0 and bool(authorizer.identity_sources)


def _is_valid(authorizer: FunctionAuthorizer, identifiers: list[str]) -> bool:
    expression = authorizer.validation_expression
    return not expression or matches(expression, identifiers[0] if identifiers else "")


def _cache_key(context: Routed, authorizer: FunctionAuthorizer, parts: tuple[str, ...]) -> str:
    """A digest, so that no token stands in a key; lengths keep the parts apart.

    The function and the sources are among them: a canary, or a deployment before this one, may
    have others under the same id, whose answers count for nothing here. So is the release, whose
    variables the function is shown, and the client's certificate: the function may have decided by
    those, whatever the API names.
    """
    certificate = context.request.client_certificate
    release = "canary" if context.stage.is_canary else ""
    known = (authorizer.kind, certificate.pem if certificate else "", release, *parts)
    text = "".join(f"{len(each)}:{each}" for each in known)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{cache_prefix(context.api.api_id, context.stage.name)}{authorizer.id}/{digest}"


def _event(
    context: Routed, authorizer: FunctionAuthorizer, identifiers: list[str]
) -> dict[str, Any]:
    arn = execute_arn(context)
    if authorizer.kind == "TOKEN":
        token = identifiers[0] if identifiers else ""
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": token}
    if authorizer.payload_version == "2.0":
        about = {"type": "REQUEST", "routeArn": arn, "identitySource": identifiers or None}
        return {**version_2.event_of(context), **about}
    event = {"type": "REQUEST", "methodArn": arn, **version_1.event_of(context)}
    if context.api.protocol == "REST":
        return event
    about = {"identitySource": ",".join(identifiers), "authorizationToken": ",".join(identifiers)}
    return {"version": "1.0", **event, **about}


def _read(authorizer: FunctionAuthorizer, reply: FunctionReply, *, is_rest: bool) -> Answer | Reply:
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return replies.TOO_MANY_REQUESTS
    if reply.error:
        # "If the Lambda function throws an error [...] 'Unauthorized', API Gateway returns 401".
        told = reply.payload.get("errorMessage") if isinstance(reply.payload, dict) else None
        return replies.UNAUTHORIZED if told == "Unauthorized" else FAILED
    try:
        if authorizer.simple_responses:
            return read_simple_answer(reply.payload)
        return read_policy_answer(reply.payload, flat_context=is_rest)
    except MalformedAnswer:
        return replies.AUTHORIZER_CONFIGURATION_ERROR


def _judge(context: Routed, answer: Answer, seconds: float, request_id: str = "") -> Outcome:
    try:
        conditions = conditions_of(context)
        decision = strictest(context, lambda arn: answer.decide(arn, conditions))
    except MalformedAnswer:
        return replies.AUTHORIZER_CONFIGURATION_ERROR
    if decision is Decision.ALLOWED:
        caller = replace(answer.caller, latency=seconds, request_id=request_id)
        return grown(Identified, context, caller=caller)
    return replies.access_denied(DENIED_EXPLICITLY if decision is Decision.DENIED else DENIED)
