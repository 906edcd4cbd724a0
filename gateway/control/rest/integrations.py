"""PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.errors import ERRORS
from gateway.control.models import Api
from gateway.control.rest.bounds import given, without_empty
from gateway.control.rest.integration_rules import require_integration
from gateway.control.rest.methods import UNKNOWN_CONTENT_TYPE, UNKNOWN_PARAMETER
from gateway.control.rest.models import Resource
from gateway.control.rest.on_methods import (
    changes_methods,
    integration_of,
    located,
    method_of,
    store,
)
from gateway.control.rest.patching import (
    Document,
    Entry,
    Item,
    Member,
    Patch,
    TersePatches,
    Text,
    read_switch,
    read_template,
)
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "credentials": (
        "there are no roles to assume: functions are called by the gateway itself, and calls to "
        "AWS services are signed with the operator's key (aws_access_key_id)"
    )
}

family = OperationFamily("apigateway", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MEMBERS = (
    "type",
    "uri",
    "connectionType",
    "connectionId",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "tlsConfig",
    "responseTransferMode",
    "integrationTarget",
)
DEFAULTED = ("passthroughBehavior", "timeoutInMillis", "cacheNamespace", "cacheKeyParameters")


def _timeout(patch: Patch) -> int:
    """What is no number of a sensible length is refused as what is out of range is."""
    text = patch.value or str(quotas.INTEGRATION_TIMEOUT_MILLISECONDS)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


PATCHES = TersePatches(
    Item("/cacheKeyParameters/{parameter}", replaceable=True),
    Text("/cacheNamespace", optional=True),
    Text("/connectionId", optional=True),
    Text("/connectionType", optional=True),
    Text("/contentHandling", optional=True),
    Text("/credentials", optional=True),
    Text("/httpMethod", optional=True),
    Text("/integrationTarget", optional=True),
    Text("/passthroughBehavior", optional=True),
    Entry("/requestParameters/{name}", missing=UNKNOWN_PARAMETER),
    Entry("/requestTemplates/{content_type}", read_template, missing=UNKNOWN_CONTENT_TYPE),
    Text("/responseTransferMode", optional=True),
    Member("/timeoutInMillis", _timeout),
    Member("/tlsConfig/insecureSkipVerification", read_switch),
    Text("/uri", most=quotas.METHOD_TEXT_CHARACTERS, optional=True),
)
"""API Reference, "Patch operations", UpdateIntegration. It excepts `/uri` and `/httpMethod` of MOCK
integrations, which mean nothing there; clients send them all the same, as they do `/credentials`,
which it leaves out."""


@changes_methods(family, "PutIntegration")
def put_integration(
    session: Session, call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    method = method_of(resource, request)
    return set_integration(session, call, api, resource, method, read(resource, request))


@family.reads("GetIntegration")
def get_integration(session: Session, call: Call, request: Input) -> Output:
    _, resource = located(session, call, request)
    return integration_of(method_of(resource, request))


@changes_methods(family, "UpdateIntegration")
def update_integration(
    session: Session, call: Call, api: Api, resource: Resource, request: Input
) -> Output:
    method = method_of(resource, request)
    present = integration_of(method)
    patched = PATCHES.apply(present, request)
    drop_cache_keys(method, present, patched)
    if patched.get("connectionType") == "INTERNET":
        patched.pop("connectionId", None)
    integration = {**defaults(resource), **without_empty(patched)}
    return set_integration(session, call, api, resource, method, integration)


@changes_methods(family, "DeleteIntegration")
def delete_integration(
    session: Session, _call: Call, _api: Api, resource: Resource, request: Input
) -> None:
    method = method_of(resource, request)
    integration_of(method)
    del method["methodIntegration"]
    store(session, resource, method)


def read(resource: Resource, request: Input) -> Document:
    """The integration that PutIntegration's members describe, with AWS's defaults."""
    integration = {**given(request, MEMBERS), **defaults(resource), **given(request, DEFAULTED)}
    if request.get("integrationHttpMethod"):
        integration["httpMethod"] = request["integrationHttpMethod"]
    return integration


def drop_cache_keys(method: Document, present: Document, patched: Document) -> None:
    """Forget the cache keys whose parameters a patch has taken away, as AWS does."""
    known = {*method.get("requestParameters", {}), *patched.get("requestParameters", {})}
    gone = set(present["cacheKeyParameters"]) - known
    patched["cacheKeyParameters"] = [
        key for key in patched["cacheKeyParameters"] if key not in gone
    ]


def defaults(resource: Resource) -> dict[str, Any]:
    """What every integration says even where nobody set it."""
    return {
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": quotas.INTEGRATION_TIMEOUT_MILLISECONDS,
        "cacheNamespace": resource.id,
        "cacheKeyParameters": [],
    }


def set_integration(
    session: Session,
    call: Call,
    api: Api,
    resource: Resource,
    method: Document,
    integration: Document,
) -> Output:
    """Make a checked integration a method's own. Raises `Invalid`."""
    require_integration(session, call, api, method, integration)
    store(session, resource, {**method, "methodIntegration": integration})
    return integration
