"""TestInvokeMethod and TestInvokeAuthorizer: the working copy, called for real.

"Simulate the invocation of a Method in your RestApi": the chain's own steps run on a made request
against what is not deployed yet, and really call backends and functions. Nobody is authorized, and
no key, quota or throttle is asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.chain import Decision, run_from
from gateway.context import (
    Address,
    Forward,
    Identified,
    Received,
    Reply,
    Request,
    Routed,
)
from gateway.control.account.models import CLIENT_CERTIFICATE, AccountPart
from gateway.control.compiling import rest
from gateway.control.documents import require_storable
from gateway.control.errors import Invalid, Missing
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest.definition import definition_of
from gateway.control.rest.errors import ERRORS
from gateway.control.rest.made_requests import MOST_BYTES, made_request, verb_of
from gateway.control.rest.on_methods import UNKNOWN_METHOD, located
from gateway.control.rest.stage_rules import require_stage
from gateway.effects import CallFunction, Effect, FunctionReply, ReadBody
from gateway.events.claims import as_text
from gateway.execution_log import Execution, test_log
from gateway.handlers.authorize import authorize
from gateway.handlers.integrate import integrate
from gateway.handlers.map_request import map_request
from gateway.handlers.map_response import map_response
from gateway.handlers.validate_request import validate_request
from gateway.paths import canonical
from gateway.route_tree import Match
from gateway.watching import Asked, Watching
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

STAGE = "test-invoke-stage"
STEPS = (validate_request, map_request, integrate, map_response)
SETTINGS = {"": snapshot.MethodSettings(logging_level="INFO", data_trace=True)}


@dataclass(frozen=True)
class Invoker:
    """What the data plane lends to tests: it calls backends, and knows what is served."""

    perform: Callable[[Effect], Any]
    current: Callable[[], snapshot.Snapshot]
    issuer_of: Callable[[str], str]


@family.operation("TestInvokeMethod")
def test_invoke_method(call: Call, request: Input) -> Output:
    require_storable(request)
    invoker = call.kernel.of(Invoker)
    api, definition, resource_path = call.kernel.database.read(_method_to_test, call, request)
    stage = _stage(request, definition, invoker)
    (route,) = stage.routes
    made = made_request(call, request, verb_of(request))
    path = canonical(quote(resource_path, safe="/"))
    variables: Mapping[str, str] = {}
    if request.get("pathWithQueryString"):
        path, match = made.path, stage.tree.find(made.request.method, made.segments)
        if match is None:
            raise Invalid(f"The path does not match that of the resource, {resource_path}")
        variables = match.variables
    context = Identified(
        **_located(made.request, path, api, stage, invoker), match=Match(route, variables)
    )
    return _run(context, made.body, invoker)


@family.operation("TestInvokeAuthorizer")
def test_invoke_authorizer(call: Call, request: Input) -> Output:
    require_storable(request)
    if request.get("additionalContext"):
        raise Invalid("additionalContext is not supported: $context has its usual variables")
    invoker = call.kernel.of(Invoker)
    api, definition, method = call.kernel.database.read(_authorizer_to_test, call, request)
    stage = _stage(request, definition, invoker)
    (route,) = stage.routes
    made = made_request(call, request, method)
    context = Routed(
        **_located(made.request, made.path, api, stage, invoker), match=Match(route, {})
    )
    return _ask(context, made.body, invoker)


def _method_to_test(
    session: Session, call: Call, request: Input
) -> tuple[snapshot.Api, dict[str, Any], str]:
    """The API, its definition with only the method that a request names, and the path of it."""
    api, resource = located(session, call, request)
    verb = request["httpMethod"]
    found = resource.methods.get(verb) or resource.methods.get("ANY")
    if found is None:
        raise Missing(UNKNOWN_METHOD)
    if "methodIntegration" not in found:
        raise Invalid("No integration defined for method")
    _require_certificate(session, call, request)
    methods = {found["httpMethod"]: {**found, "authorizationType": "NONE"}}
    alone = [{"id": resource.id, "path": resource.path, "methods": methods}]
    return _served(api), {**definition_of(session, api), "resources": alone}, resource.path


def _authorizer_to_test(
    session: Session, call: Call, request: Input
) -> tuple[snapshot.Api, dict[str, Any], str]:
    """The API, and a definition with one method that its authorizer guards."""
    api = find_rest_api(session, call, request["restApiId"])
    definition = definition_of(session, api)
    document = definition["authorizers"].get(request["authorizerId"])
    if document is None:
        raise Missing("Invalid Authorizer identifier specified")
    kind = document["type"]
    method = {
        "httpMethod": "GET",
        "authorizationType": kind if kind in {"COGNITO_USER_POOLS", "JWT"} else "CUSTOM",
        "authorizerId": document["id"],
        "methodIntegration": {"type": "MOCK"},
    }
    # Each test asks anew, and keeps nothing that real requests would find.
    fresh = {document["id"]: {**document, "authorizerResultTtlInSeconds": 0}}
    alone = [{"id": "test", "path": "/", "methods": {"GET": method}}]
    tested = {**definition, "authorizers": fresh, "resources": alone}
    return _served(api), {**tested, "api": {**definition["api"], "policy": ""}}, "GET"


def _served(api: Api) -> snapshot.Api:
    return rest.compile_api(api, {})


def _require_certificate(session: Session, call: Call, request: Input) -> None:
    certificate = request.get("clientCertificateId")
    key = (call.account, call.region, CLIENT_CERTIFICATE, certificate)
    if certificate and session.get(AccountPart, key) is None:
        raise Invalid("Invalid Client Certificate identifier specified")


def _stage(request: Input, definition: dict[str, Any], invoker: Invoker) -> snapshot.Stage:
    document = {
        "variables": request.get("stageVariables") or {},
        "clientCertificateId": request.get("clientCertificateId") or "",
    }
    require_stage(document)
    stage = rest.compile_stage(STAGE, document, definition, invoker.issuer_of)
    # The reply is shown as text: nothing compresses it.
    settings = stage.rest and replace(stage.rest, minimum_compression_size=None)
    return replace(stage, settings=SETTINGS, rest=settings)


def _located(
    request: Request, path: str, api: snapshot.Api, stage: snapshot.Stage, invoker: Invoker
) -> dict[str, Any]:
    served = replace(api, stages={STAGE: stage})
    return {
        "request": request,
        "address": Address(served.api_id, STAGE, path),
        "snapshot": invoker.current(),
        "api": served,
        "stage": stage,
    }


def _perform(invoker: Invoker, body: bytes) -> Watching:
    return Watching(
        lambda effect: body if isinstance(effect, ReadBody) else invoker.perform(effect)
    )


def _run(context: Identified, body: bytes, invoker: Invoker) -> Output:
    """Pass the request along the steps, and tell what came of it."""
    watching = _perform(invoker, body)
    started = time.monotonic()
    decision = run_from(context, STEPS, watching)
    reply = _whole(decision)
    seconds = time.monotonic() - started
    execution = Execution(decision.context, reply, watching.asked, seconds=seconds)
    by_name: dict[str, list[str]] = {}
    for name, value in reply.headers:
        by_name.setdefault(name, []).append(value)
    return {
        "status": reply.status,
        "body": reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else "",
        "headers": {name: values[-1] for name, values in by_name.items()},
        "multiValueHeaders": by_name,
        "log": test_log(execution, context.request.received_at),
        "latency": round(seconds * 1000),
    }


def _whole(decision: Decision) -> Reply:
    """The reply, read to its end. Data trace sees to it that nothing is only passed through."""
    answer = decision.answer
    if isinstance(answer, Forward):
        raise TypeError("a test's reply is read whole")
    if isinstance(answer.body, bytes):
        return answer
    pieces, size = [], 0
    try:
        for piece in answer.body:
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                break
    finally:
        close = getattr(answer.body, "close", None)
        if close is not None:
            close()
    return Reply(answer.status, answer.headers, b"".join(pieces)[:MOST_BYTES])


def _ask(context: Routed, body: bytes, invoker: Invoker) -> Output:
    """Ask the authorizer, and tell what it says."""
    watching = _perform(invoker, body)
    started = time.monotonic()
    decision = run_from(context, (authorize, _let_in), watching)
    seconds = time.monotonic() - started
    reply = _whole(decision)
    execution = Execution(decision.context, reply, watching.asked, seconds=seconds)
    is_in = isinstance(decision.context, Identified)
    return {
        "clientStatus": 0 if is_in else reply.status,
        "log": test_log(execution, context.request.received_at),
        "latency": round(seconds * 1000),
        **_said(decision.context, watching.asked),
    }


def _let_in(_context: Received) -> Reply:
    return Reply(200)


def _said(context: Received, asked: list[Asked]) -> Output:
    """The function's own answer, or the claims of a token."""
    said: Output = {}
    for each in asked:
        payload = each.answer.payload if isinstance(each.answer, FunctionReply) else None
        if isinstance(each.effect, CallFunction) and isinstance(payload, dict):
            if isinstance(payload.get("principalId"), str):
                said["principalId"] = payload["principalId"]
            if isinstance(payload.get("policyDocument"), dict):
                said["policy"] = json.dumps(payload["policyDocument"])
    if isinstance(context, Identified):
        said.setdefault("principalId", context.caller.principal_id)
        said["claims"] = as_text(context.claims)
    return said
