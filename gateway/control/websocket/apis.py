"""What a WebSocket API says of itself. Pure rules."""

from __future__ import annotations

from gateway.control.documents import Document, refuse, updated
from gateway.control.errors import Invalid, unsupported
from gateway.control.websocket.bounds import require_expression
from kernel.aws.operations import Input

DEFAULTS: Document = {
    "ApiKeySelectionExpression": "$request.header.x-api-key",
    "DisableExecuteApiEndpoint": False,
    "DisableSchemaValidation": False,
    "IpAddressType": "ipv4",
}
MEMBERS = (
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "Name",
    "RouteSelectionExpression",
    "Version",
)
UNSUPPORTED = {
    "CorsConfiguration": "it is for HTTP APIs",
    "CredentialsArn": "it is part of quick create, which HTTP APIs have",
    "RouteKey": "it is part of quick create, which HTTP APIs have",
    "Target": "it is part of quick create, which HTTP APIs have",
}
KEY_SELECTIONS = ("$request.header.x-api-key", "$context.authorizer.usageIdentifierKey")


def applied(document: Document, request: Input) -> Document:
    """The document of an API that is made or changed. Raises `Invalid`."""
    refuse(request, UNSUPPORTED)
    if request.get("IpAddressType", "ipv4") != "ipv4":
        raise unsupported(f"IpAddressType {request['IpAddressType']}", "it is ipv4")
    changed = {**DEFAULTS, **updated(document, request, MEMBERS)}
    if not changed.get("Name"):
        raise Invalid("Name is required")
    if not changed.get("RouteSelectionExpression"):
        raise Invalid("RouteSelectionExpression is required for protocolType WEBSOCKET")
    require_expression("RouteSelectionExpression", changed["RouteSelectionExpression"])
    if changed["ApiKeySelectionExpression"] not in KEY_SELECTIONS:
        raise Invalid(f"ApiKeySelectionExpression must be one of {', '.join(KEY_SELECTIONS)}")
    return changed
