"""PutMethod, GetMethod, UpdateMethod, DeleteMethod."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.errors import ERRORS, Conflicting
from gateway.control.models import Api
from gateway.control.rest.bounds import given, without_empty
from gateway.control.rest.method_rules import drop_unused, require_method, require_verb
from gateway.control.rest.models import Resource
from gateway.control.rest.on_methods import changes_methods, located, method_of, store
from gateway.control.rest.patching import (
    Document,
    Entry,
    Flag,
    ItemByValue,
    TersePatches,
    Text,
    read_flag,
)
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

MEMBERS = (
    "authorizationType",
    "authorizerId",
    "operationName",
    "requestParameters",
    "requestModels",
    "requestValidatorId",
    "authorizationScopes",
)
UNKNOWN_PARAMETER = "Invalid parameter name specified"
UNKNOWN_CONTENT_TYPE = "Content-Type specified was not found"
PATCHES = TersePatches(
    Flag("/apiKeyRequired"),
    ItemByValue("/authorizationScopes"),
    Text("/authorizationType"),
    Text("/authorizerId", optional=True),
    Text("/operationName", optional=True),
    Entry("/requestModels/{content_type}", missing=UNKNOWN_CONTENT_TYPE),
    Entry("/requestParameters/{name}", read_flag, missing=UNKNOWN_PARAMETER),
    Text("/requestValidatorId", optional=True),
)
"""API Reference, "Patch operations", UpdateMethod."""


@changes_methods(family, "PutMethod")
def put_method(
    session: Session, _call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    return add_method(session, api, resource, request)


@family.reads("GetMethod")
def get_method(session: Session, call: Call, request: Input) -> Output:
    _, resource = located(session, call, request)
    return method_of(resource, request)


@changes_methods(family, "UpdateMethod")
def update_method(
    session: Session, _call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    method = without_empty(
        PATCHES.apply(method_of(resource, request), request), besides={"authorizationType"}
    )
    drop_unused(method)
    require_method(session, api, method)
    store(session, resource, method)
    return method


@changes_methods(family, "DeleteMethod")
def delete_method(
    _session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> None:
    verb = method_of(resource, request)["httpMethod"]
    resource.methods = {key: each for key, each in resource.methods.items() if key != verb}


def add_method(session: Session, api: Api, resource: Resource, request: Input) -> Document:
    """A new method of a resource, by PutMethod's members. Raises `Invalid`, `Conflicting`."""
    require_verb(request["httpMethod"])
    if request["httpMethod"] in resource.methods:
        raise Conflicting("Method already exists for this resource")
    method: Document = {
        "httpMethod": request["httpMethod"],
        "apiKeyRequired": request.get("apiKeyRequired") or False,
        **given(request, MEMBERS),
    }
    require_method(session, api, method)
    store(session, resource, method)
    return method
