"""`x-amazon-apigateway-integration` of a REST API's operation.

API Gateway developer guide, "x-amazon-apigateway-integration object".
"""

from __future__ import annotations

from typing import Any

from gateway.openapi.node import Node
from gateway.openapi.rest.values import Members

TYPES = ("aws", "aws_proxy", "http", "http_proxy", "mock")
PLAIN = (
    "uri",
    "httpMethod",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "cacheNamespace",
    "cacheKeyParameters",
    "connectionId",
    "timeoutInMillis",
    "tlsConfig",
    "integrationTarget",
)
"""What the extension and PutIntegration say in the same way."""
WORDS = ("type", "passthroughBehavior", "contentHandling", "connectionType", "responseTransferMode")
"""What the extension may say in lower case."""
OF_HTTP_APIS = ("payloadFormatVersion", "integrationSubtype")
DEFAULT = "default"


def read_integration(node: Node) -> tuple[Members, dict[str, Members]] | None:
    """PutIntegration's members, and PutIntegrationResponse's by status."""
    node = node.resolved()
    if not isinstance(node.value, dict):
        node.fault("an integration must be an object")
        return None
    if node.text("type").lower() not in TYPES:
        node.member("type").fault(f"the type of an integration is one of {', '.join(TYPES)}")
        return None
    members = {name: node.value[name] for name in PLAIN if node.value.get(name) is not None}
    members.update({name: node.text(name).upper() for name in WORDS if node.text(name)})
    _without_null(members, "requestTemplates")
    _note_unknown(node)
    return members, _responses(node)


def _responses(node: Node) -> dict[str, Members]:
    """By status, of which two patterns cannot have the same one: it names the response."""
    responses: dict[str, Members] = {}
    for pattern, response in node.members("responses"):
        status = response.text("statusCode")
        if not status:
            response.fault("an integration response needs a statusCode")
            continue
        if status in responses:
            response.fault(f"another integration response has the statusCode {status} too")
            continue
        members: Members = {} if pattern == DEFAULT else {"selectionPattern": pattern}
        for name in ("responseParameters", "responseTemplates"):
            if response.member(name).value is not None:
                members[name] = response.member(name).value
        if response.text("contentHandling"):
            members["contentHandling"] = response.text("contentHandling").upper()
        _without_null(members, "responseTemplates")
        responses[status] = members
    return responses


def _without_null(members: Members, name: str) -> None:
    """A template of nothing may be null in documents, and is empty text in requests."""
    templates: Any = members.get(name)
    if isinstance(templates, dict):
        members[name] = {key: "" if text is None else text for key, text in templates.items()}


def _note_unknown(node: Node) -> None:
    known = {*PLAIN, *WORDS, *OF_HTTP_APIS, "responses", "$ref"}
    if node.text("integrationSubtype"):
        node.member("integrationSubtype").fault("integrations of REST APIs have no subtype")
    if node.text("payloadFormatVersion") not in ("", "1.0"):
        node.member("payloadFormatVersion").fault("functions of REST APIs get version 1.0")
    for name, inner in node.members():
        if name not in known:
            inner.warn("it is not known of an integration, and is left out")
