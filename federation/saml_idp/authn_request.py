"""An application's AuthnRequest, read (SAML 2.0 Core §3.4.1). Nothing of it is believed yet."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.saml import times
from federation.saml.names import POST_BINDING, PROTOCOL, SAML
from idp.user_pools.services.upstream import UpstreamFailed

LONGEST_ID = 256
MOST_CONTEXTS = 20
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
COMPARISONS = ("exact", "minimum", "maximum", "better")

Element = Any


class UnreadableRequest(Exception):
    """It cannot be told who asks, or what: nobody gets an answer but the person. The text is for
    whoever looks after the application."""


@dataclass(frozen=True)
class AuthnRequest:
    """What is asked. None is what the request does not say."""

    id: str
    issued: datetime
    destination: str | None
    issuer: str
    answer_address: str | None = None
    """AssertionConsumerServiceURL."""
    answer_index: str | None = None
    answer_binding: str | None = None
    is_forced: bool = False
    is_passive: bool = False
    name_id_format: str | None = None
    name_qualifier: str | None = None
    """SPNameQualifier: in whose namespace the name shall be."""
    contexts: tuple[str, ...] = ()
    """AuthnContextClassRef, in the order of preference."""
    comparison: str = "exact"
    has_other_wishes: bool = False
    """A Subject, Conditions, or declarations in place of classes: they are not served."""


def read(root: Element) -> AuthnRequest:
    """What a message that `transport.read` has taken says. Raises `UnreadableRequest`."""
    try:
        issued = times.moment(root.get("IssueInstant"))
    except UpstreamFailed as error:
        raise UnreadableRequest(error.message) from None
    issuers = root.findall(f"{{{SAML}}}Issuer")
    issuer = (issuers[0].text or "").strip() if len(issuers) == 1 else ""
    request_id = root.get("ID", "")
    if not issuer or root.get("Version") != "2.0":
        raise UnreadableRequest("the AuthnRequest has no Issuer, or is not of SAML 2.0")
    if not 0 < len(request_id) <= LONGEST_ID or not request_id.isprintable():
        raise UnreadableRequest("the AuthnRequest has no usable ID")
    address, index = (
        root.get("AssertionConsumerServiceURL"),
        root.get("AssertionConsumerServiceIndex"),
    )
    if address is not None and index is not None:
        raise UnreadableRequest("AssertionConsumerServiceURL and -Index exclude each other")
    policy = root.find(f"{{{PROTOCOL}}}NameIDPolicy")
    contexts, comparison, has_declarations = _contexts(root)
    others = (root.find(f"{{{SAML}}}{name}") for name in ("Subject", "Conditions"))
    return AuthnRequest(
        request_id,
        issued,
        root.get("Destination"),
        issuer,
        address,
        index,
        root.get("ProtocolBinding"),
        _flag(root, "ForceAuthn"),
        _flag(root, "IsPassive"),
        None if policy is None else policy.get("Format"),
        None if policy is None else policy.get("SPNameQualifier"),
        contexts,
        comparison,
        has_declarations or any(other is not None for other in others),
    )


def _flag(root: Element, name: str) -> bool:
    value = root.get(name, "false")
    if value not in _BOOLEANS:
        raise UnreadableRequest(f"{name} is neither true nor false")
    return _BOOLEANS[value]


def _contexts(root: Element) -> tuple[tuple[str, ...], str, bool]:
    """§3.3.2.2.1. Declarations describe what no class of ours has a name for."""
    wanted = root.find(f"{{{PROTOCOL}}}RequestedAuthnContext")
    if wanted is None:
        return (), "exact", False
    comparison = wanted.get("Comparison", "exact")
    found = [(e.text or "").strip() for e in wanted.findall(f"{{{SAML}}}AuthnContextClassRef")]
    if comparison not in COMPARISONS or len(found) > MOST_CONTEXTS:
        raise UnreadableRequest("RequestedAuthnContext cannot be understood")
    return tuple(found), comparison, not found


def is_by_post(request: AuthnRequest) -> bool:
    """Whether the answer may come by HTTP-POST, the only way that answers go (Profiles §4.1.2)."""
    return request.answer_binding in (None, POST_BINDING)
