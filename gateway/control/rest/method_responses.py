"""PutMethodResponse, GetMethodResponse, UpdateMethodResponse, DeleteMethodResponse."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.errors import ERRORS, Conflicting
from gateway.control.models import Api
from gateway.control.rest.bounds import given, require_maps, without_empty
from gateway.control.rest.mapping_names import require_content_types, require_response_names
from gateway.control.rest.method_rules import require_models
from gateway.control.rest.methods import UNKNOWN_CONTENT_TYPE, UNKNOWN_PARAMETER
from gateway.control.rest.models import Resource
from gateway.control.rest.on_methods import changes_methods, located, method_of, response_of, store
from gateway.control.rest.patching import Document, Entry, TersePatches, read_flag
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

RESPONSES = "methodResponses"
MEMBERS = ("responseParameters", "responseModels")
PATCHES = TersePatches(
    Entry("/responseModels/{content_type}", missing=UNKNOWN_CONTENT_TYPE),
    Entry("/responseParameters/{name}", read_flag, missing=UNKNOWN_PARAMETER),
)
"""API Reference, "Patch operations", UpdateMethodResponse."""


@changes_methods(family, "PutMethodResponse")
def put_method_response(
    session: Session, _call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    method, status = method_of(resource, request), request["statusCode"]
    if status in method.get(RESPONSES, {}):
        raise Conflicting("Response already exists for this resource")
    return set_method_response(
        session, api, resource, method, {"statusCode": status, **given(request, MEMBERS)}
    )


@family.reads("GetMethodResponse")
def get_method_response(session: Session, call: Call, request: Input) -> Output:
    _, resource = located(session, call, request)
    return response_of(method_of(resource, request), RESPONSES, request["statusCode"])


@changes_methods(family, "UpdateMethodResponse")
def update_method_response(
    session: Session, _call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    method = method_of(resource, request)
    present = response_of(method, RESPONSES, request["statusCode"])
    response = without_empty(PATCHES.apply(present, request))
    return set_method_response(session, api, resource, method, response)


@changes_methods(family, "DeleteMethodResponse")
def delete_method_response(
    session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> None:
    method = method_of(resource, request)
    response_of(method, RESPONSES, request["statusCode"])
    del method[RESPONSES][request["statusCode"]]
    store(session, resource, without_empty(method))


def require_method_response(session: Session, api: Api, response: Document) -> None:
    """Check a method response. Raises `Invalid`."""
    require_maps(response, MEMBERS)
    require_response_names(response.get("responseParameters", {}))
    require_content_types(response.get("responseModels", {}))
    require_models(session, api, response.get("responseModels", {}).values())


def set_method_response(
    session: Session, api: Api, resource: Resource, method: Document, response: Document
) -> Output:
    """Make a checked response a method's own. Raises `Invalid`."""
    require_method_response(session, api, response)
    responses = {**method.get(RESPONSES, {}), response["statusCode"]: response}
    store(session, resource, {**method, RESPONSES: responses})
    return response
