"""Integrations of WebSocket APIs: what they may say. Pure rules."""

from __future__ import annotations

from gateway.control.documents import Document, merged, refuse, updated
from gateway.control.errors import Invalid
from gateway.control.rest.integration_uris import is_function, require_aws, require_http
from gateway.control.websocket.bounds import (
    require_expression,
    require_integration_parameters,
    require_templates,
)
from gateway.control.websocket.protocol import NOT_SERVED
from gateway.route_tree import METHODS
from kernel.aws.operations import Input

CONFIGURED_ONLY = dict.fromkeys(
    (
        "ContentHandlingStrategy",
        "PassthroughBehavior",
        "RequestTemplates",
        "TemplateSelectionExpression",
    ),
    NOT_SERVED,
)
MOST_MILLISECONDS = 29_000
"""CreateIntegrationRequest$TimeoutInMillis: "between 50 and 29,000 milliseconds for WebSocket
APIs"."""
DEFAULTS: Document = {
    "ConnectionType": "INTERNET",
    "PassthroughBehavior": "WHEN_NO_MATCH",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": MOST_MILLISECONDS,
}
MEMBERS = (
    "ConnectionType",
    "ContentHandlingStrategy",
    "Description",
    "IntegrationMethod",
    "IntegrationType",
    "IntegrationUri",
    "PassthroughBehavior",
    "PayloadFormatVersion",
    "TemplateSelectionExpression",
    "TimeoutInMillis",
)
MAPS = ("RequestParameters", "RequestTemplates")
UNSUPPORTED = {
    "ConnectionId": "VPC links are for HTTP APIs",
    "CredentialsArn": "there are no roles to assume",
    "IntegrationSubtype": "it is for HTTP APIs",
    "ResponseParameters": "integration responses have them",
    "TlsConfig": "it is for HTTP APIs",
}


def applied(document: Document, request: Input) -> Document:
    """The document of an integration that is made or changed. Raises `Invalid`."""
    refuse(request, UNSUPPORTED)
    changed = {**DEFAULTS, **updated(document, request, MEMBERS)}
    for member in MAPS:
        changed[member] = merged(document.get(member, {}), request.get(member) or {})
    _require_backend(changed)
    if changed["ConnectionType"] != "INTERNET" or changed["PayloadFormatVersion"] != "1.0":
        raise Invalid("ConnectionType must be INTERNET and PayloadFormatVersion 1.0")
    if changed["TimeoutInMillis"] > MOST_MILLISECONDS:
        raise Invalid(f"Timeout should be between 50 ms and {MOST_MILLISECONDS} ms")
    if "TemplateSelectionExpression" in changed:
        require_expression("TemplateSelectionExpression", changed["TemplateSelectionExpression"])
    require_integration_parameters(changed["RequestParameters"])
    require_templates("RequestTemplates", changed["RequestTemplates"])
    return {**changed, "IntegrationResponseSelectionExpression": _selection(changed)}


def _require_backend(document: Document) -> None:
    kind, uri = document["IntegrationType"], document.get("IntegrationUri", "")
    if kind == "MOCK":
        return
    if document.get("IntegrationMethod") not in METHODS:
        raise Invalid(f"IntegrationMethod must be one of {', '.join(sorted(METHODS))}")
    if kind in ("HTTP", "HTTP_PROXY"):
        require_http(uri)
        return
    require_aws(uri, proxy=kind == "AWS_PROXY")
    if is_function(uri) and document["IntegrationMethod"] != "POST":
        raise Invalid("IntegrationMethod must be POST for integrations with functions")


def _selection(document: Document) -> str:
    """What chooses the integration response, as AWS shows it."""
    if document["IntegrationType"] in ("AWS", "AWS_PROXY") and is_function(
        document["IntegrationUri"]
    ):
        return "${integration.response.body.errorMessage}"
    return "${integration.response.statuscode}"
