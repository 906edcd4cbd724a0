"""Authorizers of WebSocket APIs: functions that are asked when a client connects. Pure rules."""

from __future__ import annotations

import re

from gateway.control.documents import Document, refuse, updated
from gateway.control.errors import Invalid
from gateway.control.http.function_authorizers import MOST_SOURCES, require_function_uri
from kernel.aws.operations import Input

MEMBERS = ("AuthorizerType", "AuthorizerUri", "IdentitySource", "Name")
UNSUPPORTED = {
    "AuthorizerCredentialsArn": "functions of your own server need no role",
    "AuthorizerPayloadFormatVersion": "it is for HTTP APIs",
    "AuthorizerResultTtlInSeconds": "it is for HTTP APIs",
    "EnableSimpleResponses": "it is for HTTP APIs",
    "IdentityValidationExpression": "it is not used",
    "JwtConfiguration": "it is for HTTP APIs",
}
_SOURCE = re.compile(
    r"(?:route\.request\.(?:header|querystring)|stageVariables|context)\.[!-~]{1,256}"
)


def applied(document: Document, request: Input) -> Document:
    """The document of an authorizer that is made or changed. Raises `Invalid`."""
    refuse(request, UNSUPPORTED)
    changed = updated(document, request, MEMBERS)
    if changed["AuthorizerType"] != "REQUEST":
        raise Invalid("Only authorizers of type REQUEST are supported on protocolType WEBSOCKET")
    require_function_uri(changed.get("AuthorizerUri", ""))
    sources = changed.get("IdentitySource", [])
    if len(sources) > MOST_SOURCES:
        raise Invalid(f"An authorizer has at most {MOST_SOURCES} identity sources")
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise Invalid(f"Invalid identity source {source[:256]}")
    return changed
