"""Security schemes, and what the security of an operation asks for, in both kinds of API.

API Gateway developer guide, "x-amazon-apigateway-authorizer object", "x-amazon-apigateway-
authtype property" and "x-amazon-apigateway-auth object".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from gateway.openapi.extensions import AUTH, AUTH_TYPE, AUTHORIZER
from gateway.openapi.node import Node
from gateway.openapi.parts import Members, Part
from gateway.openapi.versions import Version, below

SIGV4 = "awsSigv4"
SIGNATURE_SCHEME: Members = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    AUTH_TYPE: SIGV4,
}
"""The security scheme of requests that are signed."""
AUTHORIZATION = {
    "TOKEN": "CUSTOM",
    "REQUEST": "CUSTOM",
    "COGNITO_USER_POOLS": "COGNITO_USER_POOLS",
    "JWT": "JWT",
}
"""What a method or route that asks an authorizer of each type says."""


@dataclass
class Asked:
    """What a method or route asks of its callers: members of its own, and an authorizer's name."""

    members: Members = field(default_factory=lambda: {"authorizationType": "NONE"})
    authorizer: str = ""


class Schemes(ABC):
    """The security schemes of a document; `authorizers` holds those that are ones, by name."""

    subject: ClassVar[str]
    """What may have an authorizer, in the words of faults."""
    type_member: ClassVar[str]
    """The member of an authorizer that says its type."""

    def __init__(self, document: Node, version: Version) -> None:
        self.authorizers: dict[str, Part] = {}
        self._schemes: dict[str, Node] = {}
        for name, node in below(document, version.security).members():
            scheme = node.resolved()
            self._schemes[name] = scheme
            members = self.read_authorizer(name, scheme) if scheme.has(AUTHORIZER) else None
            if members is not None:
                self.authorizers[name] = Part(members, scheme.member(AUTHORIZER).path)

    @abstractmethod
    def read_authorizer(self, name: str, scheme: Node) -> Members | None:
        """The members of a scheme's authorizer; None after a fault."""

    def ask_otherwise(self, _asked: Asked, _scheme: Node) -> bool:
        """Ask for a scheme without an authorizer; whether there is something to ask for."""
        return False

    def asked(self, document: Node, operation: Node) -> Asked:
        """What an operation asks: its own security, or else the document's."""
        asked = Asked()
        if operation.has(AUTH):
            _apply_auth(operation.member(AUTH), asked)
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
                scopes.fault(f"a {self.subject} has one authorizer, or AWS_IAM")
            asked.members["authorizationType"] = "AWS_IAM"
        elif not self.ask_otherwise(asked, scheme):
            scopes.warn(
                "nothing asks for this security scheme, which has no authorizer: "
                f"it is left out, and does not protect the {self.subject}"
            )

    def _ask_authorizer(self, asked: Asked, name: str, scopes: Node, requirement: Node) -> None:
        if asked.authorizer not in ("", name) or asked.members["authorizationType"] == "AWS_IAM":
            scopes.fault(f"a {self.subject} has one authorizer, or AWS_IAM")
            return
        kind = self.authorizers[name].members[self.type_member]
        asked.authorizer = name
        asked.members["authorizationType"] = AUTHORIZATION[kind]
        wanted = requirement.texts(name)
        if wanted:
            asked.members["authorizationScopes"] = wanted


def free_name(name: str, authorizers: Collection[str]) -> str:
    """A scheme's name that no authorizer has."""
    while name in authorizers:
        name += "_"
    return name


def warn_of_unknown(authorizer: Node, known: Collection[str]) -> None:
    """Warn of members of an authorizer that nothing reads."""
    for name, node in authorizer.members():
        if name not in known:
            node.warn("it is not known of an authorizer, and is left out")


def _apply_auth(node: Node, asked: Asked) -> None:
    """`x-amazon-apigateway-auth` says the type alone: `{"type": "AWS_IAM"}`."""
    kind = node.text("type").upper()
    if kind not in ("NONE", "AWS_IAM"):
        node.fault("the type is NONE or AWS_IAM; authorizers are in security")
        return
    asked.members["authorizationType"] = kind
