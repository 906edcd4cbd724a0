"""The authorizers of a REST API, as security schemes say them."""

from __future__ import annotations

from gateway.openapi.extensions import AUTH_TYPE, AUTHORIZER
from gateway.openapi.node import Node
from gateway.openapi.parts import Members
from gateway.openapi.security import Asked, Schemes, warn_of_unknown

TYPES = {
    "token": "TOKEN",
    "request": "REQUEST",
    "cognito_user_pools": "COGNITO_USER_POOLS",
    "jwt": "JWT",
}
MEMBERS = (
    "authorizerUri",
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "identitySource",
    "identityValidationExpression",
    "providerARNs",
    "jwtConfiguration",
)


class RestSchemes(Schemes):
    """Those of a REST API: besides authorizers there may be API keys."""

    subject = "method"
    type_member = "type"

    def ask_otherwise(self, asked: Asked, scheme: Node) -> bool:
        """Ask for an API key, where the scheme is one."""
        if not _is_api_key(scheme):
            return False
        asked.members["apiKeyRequired"] = True
        return True

    def read_authorizer(self, name: str, scheme: Node) -> Members | None:
        """CreateAuthorizer's members; None after a fault."""
        node = scheme.member(AUTHORIZER)
        kind = TYPES.get(node.text("type").lower())
        if kind is None:
            node.fault(f"the type of an authorizer is one of {', '.join(TYPES)}")
            return None
        members: Members = {"name": name, "type": kind}
        members.update(
            {each: node.value[each] for each in MEMBERS if node.value.get(each) is not None}
        )
        header = scheme.text("name")
        if kind != "REQUEST" and "identitySource" not in members and header:
            members["identitySource"] = f"method.request.header.{header}"
        if scheme.text(AUTH_TYPE):
            members["authType"] = scheme.text(AUTH_TYPE)
        warn_of_unknown(node, (*MEMBERS, "type"))
        return members


def _is_api_key(scheme: Node) -> bool:
    return (
        scheme.text("type").lower() == "apikey"
        and scheme.text("in").lower() == "header"
        and scheme.text("name").lower() == "x-api-key"
        and not scheme.text(AUTH_TYPE)
    )
