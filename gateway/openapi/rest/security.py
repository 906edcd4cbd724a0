"""Security schemes as authorizers, and what the security of an operation asks for.

API Gateway developer guide, "x-amazon-apigateway-authorizer object" and "x-amazon-apigateway-
authtype property".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.openapi.node import Node
from gateway.openapi.rest.values import Members, Part
from gateway.openapi.versions import Version, below

AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTH_TYPE = "x-amazon-apigateway-authtype"
AUTH = "x-amazon-apigateway-auth"
SIGV4 = "awsSigv4"
TYPES = {
    "token": "TOKEN",
    "request": "REQUEST",
    "cognito_user_pools": "COGNITO_USER_POOLS",
    "jwt": "JWT",
}
AUTHORIZATION = {
    "TOKEN": "CUSTOM",
    "REQUEST": "CUSTOM",
    "COGNITO_USER_POOLS": "COGNITO_USER_POOLS",
    "JWT": "JWT",
}
"""What a method that asks an authorizer of each type says."""
MEMBERS = (
    "authorizerUri",
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "identitySource",
    "identityValidationExpression",
    "providerARNs",
    "jwtConfiguration",
)


@dataclass
class Asked:
    """What a method asks of its callers."""

    members: Members = field(default_factory=lambda: {"authorizationType": "NONE"})
    authorizer: str = ""


class Schemes:
    """The security schemes of a document."""

    def __init__(self, document: Node, version: Version) -> None:
        self.authorizers: dict[str, Part] = {}
        self._schemes: dict[str, Node] = {}
        for name, node in below(document, version.security).members():
            scheme = node.resolved()
            self._schemes[name] = scheme
            if scheme.has(AUTHORIZER):
                self._add(name, scheme)

    def asked(self, document: Node, operation: Node) -> Asked:
        """What an operation asks: its own security, or else the document's."""
        asked = Asked()
        _apply_auth(operation, asked)
        if not operation.has("security"):
            document.repeated("security")
        holder = operation if operation.has("security") else document
        for requirement in holder.elements("security"):
            for name, scopes in requirement.members():
                self._apply(asked, name, scopes, requirement)
        return asked

    def _apply(self, asked: Asked, name: str, scopes: Node, requirement: Node) -> None:
        scheme = self._schemes.get(name)
        if scheme is None:
            scopes.fault("there is no security scheme of this name")
        elif name in self.authorizers:
            self._ask_authorizer(asked, name, scopes, requirement)
        elif scheme.has(AUTHORIZER):
            return  # its own fault is told where it is
        elif scheme.text(AUTH_TYPE).lower() == SIGV4.lower():
            if asked.authorizer:
                scopes.fault("a method has one authorizer, or AWS_IAM")
            asked.members["authorizationType"] = "AWS_IAM"
        elif _is_api_key(scheme):
            asked.members["apiKeyRequired"] = True
        else:
            scopes.warn(
                "nothing asks for this security scheme, which has no authorizer: "
                "it is left out, and does not protect the method"
            )

    def _ask_authorizer(self, asked: Asked, name: str, scopes: Node, requirement: Node) -> None:
        if asked.authorizer not in ("", name) or asked.members["authorizationType"] == "AWS_IAM":
            scopes.fault("a method has one authorizer, or AWS_IAM")
            return
        kind = self.authorizers[name].members["type"]
        asked.authorizer = name
        asked.members["authorizationType"] = AUTHORIZATION[kind]
        wanted = requirement.texts(name)
        if wanted:
            asked.members["authorizationScopes"] = wanted

    def _add(self, name: str, scheme: Node) -> None:
        node = scheme.member(AUTHORIZER)
        kind = TYPES.get(node.text("type").lower())
        if kind is None:
            node.fault(f"the type of an authorizer is one of {', '.join(TYPES)}")
            return
        members: Members = {"name": name, "type": kind}
        members.update(
            {each: node.value[each] for each in MEMBERS if node.value.get(each) is not None}
        )
        header = scheme.text("name")
        if kind != "REQUEST" and "identitySource" not in members and header:
            members["identitySource"] = f"method.request.header.{header}"
        if scheme.text(AUTH_TYPE):
            members["authType"] = scheme.text(AUTH_TYPE)
        for each, inner in node.members():
            if each not in (*MEMBERS, "type"):
                inner.warn("it is not known of an authorizer, and is left out")
        self.authorizers[name] = Part(members, node.path)


def _apply_auth(operation: Node, asked: Asked) -> None:
    """`x-amazon-apigateway-auth` says the type alone: `{"type": "AWS_IAM"}`."""
    if not operation.has(AUTH):
        return
    kind = operation.member(AUTH).text("type").upper()
    if kind not in ("NONE", "AWS_IAM"):
        operation.member(AUTH).fault("the type is NONE or AWS_IAM; authorizers are in security")
        return
    asked.members["authorizationType"] = kind


def _is_api_key(scheme: Node) -> bool:
    return (
        scheme.text("type").lower() == "apikey"
        and scheme.text("in").lower() == "header"
        and scheme.text("name").lower() == "x-api-key"
        and not scheme.text(AUTH_TYPE)
    )
