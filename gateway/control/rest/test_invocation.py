"""TestInvokeMethod: the working copy of a method, called for real.

"Simulate the invocation of a Method in your RestApi with headers, parameters, and an incoming
request body." Nobody is authorized, and no key, quota, throttle or cache is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from gateway import quotas, snapshot
from gateway.context import Headers, Identified
from gateway.control.account import client_certificates
from gateway.control.compiling import rest
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.rest.definition import definition_of
from gateway.control.rest.deploying import NO_INTEGRATION
from gateway.control.rest.invocation import (
    Invoker,
    Tested,
    located,
    run_test,
    stage_of_test,
)
from gateway.control.rest.made_requests import made_request, verb_of
from gateway.control.rest.on_methods import UNKNOWN_METHOD
from gateway.control.rest.on_methods import located as located_method
from gateway.execution_logs.log import method_test_log
from gateway.handlers.integrate import integrate
from gateway.handlers.map_request import map_request
from gateway.handlers.map_response import map_response
from gateway.handlers.validate_request import validate_request
from gateway.mapping.wire_text import text_of
from gateway.paths import canonical
from gateway.route_tree import Match
from gateway.tracing import reply_header
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

MOST_MILLISECONDS = quotas.INTEGRATION_TIMEOUT_MILLISECONDS
"""That a test waits for what streams: as long as for any other integration."""
STEPS = (validate_request, map_request, integrate, map_response)


@family.operation("TestInvokeMethod")
def test_invoke_method(call: Call, request: Input) -> Output:
    require_storable(request)
    invoker = call.kernel.of(Invoker)
    api, definition, resource_path = call.kernel.database.read(_method_to_test, call, request)
    stage = stage_of_test(request, definition, invoker)
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
        **located(made.request, path, api, stage, invoker), match=Match(route, variables)
    )
    return _present(run_test(context, STEPS, made.body, invoker))


def _method_to_test(
    session: Session, call: Call, request: Input
) -> tuple[snapshot.Api, dict[str, Any], str]:
    """The API, its definition with only the method that a request names, and the path of it."""
    api, resource = located_method(session, call, request)
    found = resource.methods.get(request["httpMethod"]) or resource.methods.get("ANY")
    if found is None:
        raise Missing(UNKNOWN_METHOD)
    if "methodIntegration" not in found:
        raise Invalid(NO_INTEGRATION)
    if request.get("clientCertificateId"):
        client_certificates.require(session, call, request["clientCertificateId"])
    open_method = {
        **found,
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        "methodIntegration": _read_whole(found["methodIntegration"]),
    }
    methods = {found["httpMethod"]: open_method}
    alone = [{"id": resource.id, "path": resource.path, "methods": methods}]
    definition = {**definition_of(session, api), "resources": alone}
    return rest.compile_api(api, {}), definition, resource.path


def _read_whole(integration: dict[str, Any]) -> dict[str, Any]:
    """An integration whose reply a test can show: that of a backend does not stream through, and
    none takes the minutes that a stream may."""
    if integration.get("responseTransferMode") != "STREAM":
        return integration
    most = min(integration.get("timeoutInMillis", MOST_MILLISECONDS), MOST_MILLISECONDS)
    is_proxy = integration["type"] == "HTTP_PROXY"
    mode = "BUFFERED" if is_proxy else "STREAM"
    return {**integration, "responseTransferMode": mode, "timeoutInMillis": most}


def _present(tested: Tested) -> Output:
    execution, reply = tested.execution, tested.execution.reply
    headers = (*reply.headers, reply_header(execution.context, execution.context.request))
    by_name = _by_name(headers)
    return {
        "status": reply.status,
        "body": reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else "",
        "headers": {name: values[-1] for name, values in by_name.items()},
        "multiValueHeaders": by_name,
        "log": method_test_log(execution),
        "latency": round(tested.seconds * 1000),
    }


def _by_name(headers: Headers) -> dict[str, list[str]]:
    """All values of each header, under the name that it came with first."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(names.setdefault(name.lower(), name), []).append(text_of(value))
    return values
