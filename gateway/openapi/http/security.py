"""Security schemes as the authorizers of an HTTP API, and what its routes ask for.

API Gateway developer guide, "x-amazon-apigateway-authorizer object", the examples for HTTP APIs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.openapi.http.values import Members, Part
from gateway.openapi.node import Node
from gateway.openapi.rest.security import AUTH, AUTH_TYPE, AUTHORIZER, SIGV4
from gateway.openapi.versions import Version, below

TYPES = {"jwt": "JWT", "request": "REQUEST"}
AUTHORIZATION = {"JWT": "JWT", "REQUEST": "CUSTOM"}
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


@dataclass
class Asked:
    """What a route asks of its callers."""

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
        if operation.has(AUTH):
            self._apply_auth(operation.member(AUTH), asked)
        if not operation.has("security"):
            document.repeated("security")
        holder = operation if operation.has("security") else document
        for requirement in holder.elements("security"):
            for name, scopes in requirement.members():
                self._apply(asked, name, scopes, requirement)
        return asked

    def _apply_auth(self, node: Node, asked: Asked) -> None:
        kind = node.text("type").upper()
        if kind not in ("NONE", "AWS_IAM"):
            node.fault("the type is NONE or AWS_IAM; authorizers are in security")
            return
        asked.members["authorizationType"] = kind

    def _apply(self, asked: Asked, name: str, scopes: Node, requirement: Node) -> None:
        scheme = self._schemes.get(name)
        if scheme is None:
            scopes.fault("there is no security scheme of this name")
        elif name in self.authorizers:
            self._ask(asked, name, scopes, requirement)
        elif scheme.has(AUTHORIZER):
            return  # its own fault is told where it is
        elif scheme.text(AUTH_TYPE).lower() == SIGV4.lower():
            if asked.authorizer:
                scopes.fault("a route has one authorizer, or AWS_IAM")
            asked.members["authorizationType"] = "AWS_IAM"
        else:
            scopes.warn(
                "nothing asks for this security scheme, which has no authorizer: "
                "it is left out, and does not protect the route"
            )

    def _ask(self, asked: Asked, name: str, scopes: Node, requirement: Node) -> None:
        if asked.authorizer not in ("", name) or asked.members["authorizationType"] == "AWS_IAM":
            scopes.fault("a route has one authorizer, or AWS_IAM")
            return
        asked.authorizer = name
        kind = self.authorizers[name].members["authorizerType"]
        asked.members["authorizationType"] = AUTHORIZATION[kind]
        wanted = requirement.texts(name)
        if wanted:
            asked.members["authorizationScopes"] = wanted

    def _add(self, name: str, scheme: Node) -> None:
        node = scheme.member(AUTHORIZER)
        kind = TYPES.get(node.text("type").lower())
        if kind is None:
            node.member("type").fault("authorizers of HTTP APIs are of the type jwt or request")
            return
        members: Members = {"name": name, "authorizerType": kind}
        given = node.value
        members.update({each: given[each] for each in PLAIN if given.get(each) is not None})
        if given.get(CREDENTIALS):
            members["authorizerCredentialsArn"] = given[CREDENTIALS]
        sources = _sources(node)
        if sources:
            members["identitySource"] = sources
        _complete_issuer(members, scheme)
        for each, inner in node.members():
            if each not in (*PLAIN, CREDENTIALS, "type", "identitySource"):
                inner.warn("it is not known of an authorizer, and is left out")
        self.authorizers[name] = Part(members, node.path)


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
