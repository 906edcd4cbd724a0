"""TestInvokeAuthorizer: the working copy of an authorizer, asked for real.

"Simulate the execution of an Authorizer in your RestApi with headers, parameters, and an incoming
request body." Each test asks anew, and keeps nothing that requests of clients would find.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.context import Identified, Received, Reply, Routed
from gateway.control.compiling import rest
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Missing
from gateway.control.repository import find_rest_api
from gateway.control.rest.definition import definition_of
from gateway.control.rest.invocation import Invoker, Tested, located, run_test, stage_of_test
from gateway.control.rest.made_requests import made_request, with_context
from gateway.effects import CallFunction, FunctionReply
from gateway.events.claims import as_text
from gateway.execution_logs.log import authorizer_test_log
from gateway.execution_logs.watching import Asked
from gateway.handlers.authorize import authorize
from gateway.route_tree import Match
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

METHOD = "GET"
_WITHOUT_FUNCTION = frozenset({"COGNITO_USER_POOLS", "JWT"})


@family.operation("TestInvokeAuthorizer")
def test_invoke_authorizer(call: Call, request: Input) -> Output:
    require_storable(request)
    invoker = call.kernel.of(Invoker)
    api, definition = call.kernel.database.read(_authorizer_to_test, call, request)
    stage = stage_of_test(request, definition, invoker)
    (route,) = stage.routes
    made = with_context(made_request(call, request, METHOD), request.get("additionalContext") or {})
    context = Routed(
        **located(made.request, made.path, api, stage, invoker), match=Match(route, {})
    )
    return _present(run_test(context, (authorize, _let_in), made.body, invoker))


def _let_in(_context: Received) -> Reply:
    return Reply(200)


def _authorizer_to_test(
    session: Session, call: Call, request: Input
) -> tuple[snapshot.Api, dict[str, Any]]:
    """The API, and a definition with one method that its authorizer guards."""
    api = find_rest_api(session, call, request["restApiId"])
    definition = definition_of(session, api)
    document = definition["authorizers"].get(request["authorizerId"])
    if document is None:
        raise Missing("Invalid Authorizer identifier specified")
    kind = document["type"]
    method = {
        "httpMethod": METHOD,
        "authorizationType": kind if kind in _WITHOUT_FUNCTION else "CUSTOM",
        "authorizerId": document["id"],
        "methodIntegration": {"type": "MOCK"},
    }
    tested = {
        **definition,
        "api": {**definition["api"], "policy": ""},
        "authorizers": {document["id"]: {**document, "authorizerResultTtlInSeconds": 0}},
        "resources": [{"id": "test", "path": "/", "methods": {METHOD: method}}],
    }
    return rest.compile_api(api, {}), tested


def _present(tested: Tested) -> Output:
    execution = tested.execution
    is_in = isinstance(execution.context, Identified)
    return {
        # "The HTTP status code that the client would have received. Value is 0 if the authorizer
        # succeeded."
        "clientStatus": 0 if is_in else execution.reply.status,
        "log": authorizer_test_log(execution),
        "latency": round(tested.seconds * 1000),
        **_said(execution.context, execution.asked),
    }


def _said(context: Received, asked: Sequence[Asked]) -> Output:
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
