"""LogoutRequest and LogoutResponse (SAML 2.0 Core §3.7), the same in both directions."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from federation.saml import name_ids, times
from federation.saml.name_ids import NameId
from federation.saml.names import LOGOUT_REQUEST, LOGOUT_RESPONSE, NAME_ID, PROTOCOL, SAML, SUCCESS
from idp.user_pools.services.upstream import UpstreamFailed

MOST_SESSIONS = 100
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
PARTIAL_LOGOUT = f"{STATUS}PartialLogout"
_NAMESPACES = {"samlp": PROTOCOL, "saml": SAML}

Element = Any


@dataclass(frozen=True)
class LogoutRequest:
    """The end of a person's sessions; of all that are with the other side where none is named."""

    id: str
    issued: datetime
    destination: str
    issuer: str
    name_id: NameId
    session_indexes: tuple[str, ...] = ()
    not_on_or_after: datetime | None = None

    def element(self) -> Element:
        root = _root(LOGOUT_REQUEST, self.id, self.issued, self.destination, self.issuer)
        if self.not_on_or_after is not None:
            root.set("NotOnOrAfter", times.written(self.not_on_or_after))
        root.append(self.name_id.element())
        for index in self.session_indexes:
            etree.SubElement(root, f"{{{PROTOCOL}}}SessionIndex").text = index
        return root

    def xml(self) -> bytes:
        return serialized(self.element())


@dataclass(frozen=True)
class LogoutResponse:
    """What became of it. `detail` is a second-level status, such as `PARTIAL_LOGOUT`."""

    id: str
    issued: datetime
    destination: str
    issuer: str
    in_response_to: str
    status: str = SUCCESS
    detail: str = ""

    def element(self) -> Element:
        root = _root(LOGOUT_RESPONSE, self.id, self.issued, self.destination, self.issuer)
        root.set("InResponseTo", self.in_response_to)
        status = etree.SubElement(root, f"{{{PROTOCOL}}}Status")
        code = etree.SubElement(status, f"{{{PROTOCOL}}}StatusCode", {"Value": self.status})
        if self.detail:
            etree.SubElement(code, f"{{{PROTOCOL}}}StatusCode", {"Value": self.detail})
        return root

    def xml(self) -> bytes:
        return serialized(self.element())


def read_request(root: Element) -> LogoutRequest:
    """A request that `transport.read` has taken. Nothing says who sent it yet. Raises
    `UpstreamFailed`."""
    if root.tag != LOGOUT_REQUEST:
        raise UpstreamFailed("The SAML message is no LogoutRequest.")
    ends = root.get("NotOnOrAfter")
    indexes = [(each.text or "").strip() for each in root.findall(f"{{{PROTOCOL}}}SessionIndex")]
    if len(indexes) > MOST_SESSIONS:
        raise UpstreamFailed("The LogoutRequest names too many sessions.")
    return LogoutRequest(
        *_head(root),
        name_ids.only(root.findall(NAME_ID)),
        tuple(indexes),
        None if ends is None else times.moment(ends),
    )


def read_response(root: Element) -> LogoutResponse:
    """As `read_request`."""
    if root.tag != LOGOUT_RESPONSE:
        raise UpstreamFailed("The SAML message is no LogoutResponse.")
    codes = root.findall(f"{{{PROTOCOL}}}Status/{{{PROTOCOL}}}StatusCode")
    if len(codes) != 1:
        raise UpstreamFailed("The LogoutResponse has no status.")
    inner = codes[0].find(f"{{{PROTOCOL}}}StatusCode")
    return LogoutResponse(
        *_head(root),
        root.get("InResponseTo", ""),
        codes[0].get("Value", ""),
        "" if inner is None else inner.get("Value", ""),
    )


def check_times(message: LogoutRequest | LogoutResponse, now: float) -> None:
    """Raises `UpstreamFailed`."""
    ends = message.not_on_or_after if isinstance(message, LogoutRequest) else None
    is_over = ends is not None and times.is_over(ends, now)
    if is_over or not times.is_recent(message.issued, now):
        raise UpstreamFailed("The SAML message has expired or is of the future.")


def serialized(root: Element) -> bytes:
    octets: bytes = etree.tostring(root)
    return octets


def _root(tag: str, id: str, issued: datetime, destination: str, issuer: str) -> Element:
    head = {
        "ID": id,
        "Version": "2.0",
        "IssueInstant": times.written(issued),
        "Destination": destination,
    }
    root = etree.Element(tag, head, nsmap=_NAMESPACES)
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = issuer
    return root


def _head(root: Element) -> tuple[str, datetime, str, str]:
    """ID, IssueInstant, Destination (empty where it is absent) and Issuer (Core §3.2)."""
    issuer = (root.findtext(f"{{{SAML}}}Issuer") or "").strip()
    if not root.get("ID") or root.get("Version") != "2.0" or not issuer:
        raise UpstreamFailed("The SAML message lacks an ID, its version or its issuer.")
    return (
        root.get("ID"),
        times.moment(root.get("IssueInstant")),
        root.get("Destination", ""),
        issuer,
    )
