"""The authorizers of an HTTP API, as security schemes say them.

API Gateway developer guide, "x-amazon-apigateway-authorizer object", the examples for HTTP APIs.
"""

from __future__ import annotations

from gateway.openapi.extensions import AUTHORIZER
from gateway.openapi.node import Node
from gateway.openapi.parts import Members
from gateway.openapi.security import Schemes, warn_of_unknown

TYPES = {"jwt": "JWT", "request": "REQUEST"}
PLAIN = (
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "enableSimpleResponses",
    "identityValidationExpression",
    "jwtConfiguration",
)
"""What the extension and CreateAuthorizer say in the same way."""
CREDENTIALS = "authorizerCredentials"
DISCOVERY = "/.well-known/openid-configuration"


class HttpSchemes(Schemes):
    """Those of an HTTP API."""

    subject = "route"
    type_member = "authorizerType"

    def read_authorizer(self, name: str, scheme: Node) -> Members | None:
        """CreateAuthorizer's members; None after a fault."""
        node = scheme.member(AUTHORIZER)
        kind = TYPES.get(node.text("type").lower())
        if kind is None:
            node.member("type").fault("authorizers of HTTP APIs are of the type jwt or request")
            return None
        members: Members = {"name": name, "authorizerType": kind}
        given = node.value
        members.update({each: given[each] for each in PLAIN if given.get(each) is not None})
        if given.get(CREDENTIALS):
            members["authorizerCredentialsArn"] = given[CREDENTIALS]
        sources = _sources(node)
        if sources:
            members["identitySource"] = sources
        _complete_issuer(members, scheme)
        warn_of_unknown(node, (*PLAIN, CREDENTIALS, "type", "identitySource"))
        return members


def _sources(node: Node) -> list[str]:
    """One text with commas, as the extension has it, or a list."""
    if isinstance(node.member("identitySource").value, list):
        return node.texts("identitySource")
    return [part.strip() for part in node.text("identitySource").split(",") if part.strip()]


def _complete_issuer(members: Members, scheme: Node) -> None:
    """The issuer of an openIdConnect scheme is where its discovery document is."""
    configuration, url = members.get("jwtConfiguration"), scheme.text("openIdConnectUrl")
    if not isinstance(configuration, dict) or configuration.get("issuer"):
        return
    if url.endswith(DISCOVERY):
        issuer = url.removesuffix(DISCOVERY)
        members["jwtConfiguration"] = {**configuration, "issuer": issuer}
