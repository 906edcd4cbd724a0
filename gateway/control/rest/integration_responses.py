"""PutIntegrationResponse, GetIntegrationResponse, UpdateIntegrationResponse,
DeleteIntegrationResponse.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.models import Api
from gateway.control.rest.bounds import (
    given,
    require_maps,
    require_option,
    require_templates,
    require_texts,
    without_empty,
)
from gateway.control.rest.integration_rules import CONTENT_HANDLING
from gateway.control.rest.mapping_names import require_response_mappings
from gateway.control.rest.methods import UNKNOWN_CONTENT_TYPE, UNKNOWN_PARAMETER
from gateway.control.rest.models import Resource
from gateway.control.rest.on_methods import (
    UNKNOWN_INTEGRATION,
    changes_methods,
    integration_of,
    located,
    method_of,
    response_of,
    store,
)
from gateway.control.rest.patching import Document, Entry, TersePatches, Text, read_template
from gateway.patterns import InvalidPattern, compile_pattern
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

RESPONSES = "integrationResponses"
MEMBERS = ("responseParameters", "responseTemplates", "contentHandling")


PATCHES = TersePatches(
    Text("/contentHandling", optional=True),
    Entry("/responseParameters/{name}", missing=UNKNOWN_PARAMETER),
    Entry("/responseTemplates/{content_type}", read_template, missing=UNKNOWN_CONTENT_TYPE),
    Text("/selectionPattern", optional=True),
)
"""API Reference, "Patch operations", UpdateIntegrationResponse."""


@changes_methods(family, "PutIntegrationResponse")
def put_integration_response(
    session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> Output:
    response: Document = {"statusCode": request["statusCode"], **given(request, MEMBERS)}
    if request.get("selectionPattern") is not None:
        response["selectionPattern"] = request["selectionPattern"]
    return set_integration_response(session, resource, method_of(resource, request), response)


@family.reads("GetIntegrationResponse")
def get_integration_response(session: Session, call: Call, request: Input) -> Output:
    _, resource = located(session, call, request)
    integration = integration_of(method_of(resource, request))
    return response_of(integration, RESPONSES, request["statusCode"])


@changes_methods(family, "UpdateIntegrationResponse")
def update_integration_response(
    session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> Output:
    method = method_of(resource, request)
    present = response_of(integration_of(method), RESPONSES, request["statusCode"])
    patched = PATCHES.apply(present, request)
    return set_integration_response(
        session, resource, method, without_empty(patched, besides={"selectionPattern"})
    )


@changes_methods(family, "DeleteIntegrationResponse")
def delete_integration_response(
    session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> None:
    if request["httpMethod"] not in resource.methods:
        raise Missing(UNKNOWN_INTEGRATION)  # of this operation alone, as was seen on AWS
    method = method_of(resource, request)
    integration = integration_of(method)
    response_of(integration, RESPONSES, request["statusCode"])
    del integration[RESPONSES][request["statusCode"]]
    if not integration[RESPONSES]:
        del integration[RESPONSES]
    store(session, resource, method)


def require_integration_response(method: Document, response: Document) -> None:
    """Check an integration response by what its method declares. Raises `Invalid`."""
    require_maps(response, ("responseParameters", "responseTemplates"))
    require_texts(response, ("selectionPattern",))
    require_option("ContentHandling", response.get("contentHandling"), CONTENT_HANDLING)
    before = method["methodIntegration"].get(RESPONSES, {}).get(response["statusCode"], {})
    known = before.get("responseTemplates", {}).values()
    require_templates(response.get("responseTemplates", {}), known)
    _require_pattern(response.get("selectionPattern", ""))
    declared = method.get("methodResponses", {}).get(response["statusCode"], {})
    require_response_mappings(
        response.get("responseParameters", {}), declared.get("responseParameters", {})
    )


def _require_pattern(pattern: str) -> None:
    try:
        compile_pattern(pattern)
    except InvalidPattern:
        raise Invalid(f"Invalid selection pattern specified: {pattern}") from None


def set_integration_response(
    session: Session, resource: Resource, method: Document, response: Document
) -> Output:
    """Make a checked response that of a method's integration. Raises `Invalid`, `Missing`."""
    integration = integration_of(method)
    require_integration_response(method, response)
    integration[RESPONSES] = {**integration.get(RESPONSES, {}), response["statusCode"]: response}
    store(session, resource, method)
    return response
