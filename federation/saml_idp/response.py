"""The answer to an application: a Response with an assertion, or with a status (SAML 2.0 Core
§3.3.3, Profiles §4.1.4.2)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from federation.saml.name_ids import NameId
from federation.saml.names import ASSERTION, BEARER, PROTOCOL, RESPONSE, SAML, SUCCESS
from federation.saml.times import written
from federation.saml_idp.statuses import Status

VALID = timedelta(minutes=5)
"""How long an assertion can be delivered: it goes from page to page."""
EARLY = timedelta(minutes=1)
"""How far the application's clock may be behind."""
_NAMESPACES = {"samlp": PROTOCOL, "saml": SAML}
_XS = "http://www.w3.org/2001/XMLSchema"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"

Element = Any


@dataclass(frozen=True)
class Envelope:
    """Between whom a response goes. `in_response_to` is None for what nobody asked for."""

    id: str
    issued: datetime
    issuer: str
    destination: str
    in_response_to: str | None


@dataclass(frozen=True)
class StatedAttribute:
    """An attribute with its values."""

    name: str
    name_format: str
    friendly_name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """What an assertion says."""

    id: str
    audience: str
    """The application's entity id."""
    name_id: NameId
    authenticated: datetime
    """AuthnInstant: when the person proved who he is."""
    session_index: str
    session_ends: datetime
    context: str
    attributes: Sequence[StatedAttribute] = ()


def refusal(envelope: Envelope, status: Status) -> Element:
    """A response without an assertion."""
    root = _response(envelope)
    code = _status(root, status.code)
    etree.SubElement(code, _samlp("StatusCode"), {"Value": status.detail})
    return root


def success(envelope: Envelope) -> Element:
    """A response that still needs its assertion."""
    root = _response(envelope)
    _status(root, SUCCESS)
    return root


def assertion(envelope: Envelope, statement: Statement) -> Element:
    """By itself: it may be signed and encrypted before it goes into the response."""
    head = {"ID": statement.id, "Version": "2.0", "IssueInstant": written(envelope.issued)}
    namespaces = {"saml": SAML, "xs": _XS, "xsi": _XSI}
    root = etree.Element(ASSERTION, head, nsmap=namespaces)
    _text(root, "Issuer", envelope.issuer)
    _subject(root, envelope, statement)
    _conditions(root, envelope, statement)
    _authentication(root, statement)
    _attributes(root, statement)
    return root


def _response(envelope: Envelope) -> Element:
    head = {
        "ID": envelope.id,
        "Version": "2.0",
        "IssueInstant": written(envelope.issued),
        "Destination": envelope.destination,
        **_in_response_to(envelope),
    }
    root = etree.Element(RESPONSE, head, nsmap=_NAMESPACES)
    _text(root, "Issuer", envelope.issuer)
    return root


def _status(root: Element, code: str) -> Element:
    status = etree.SubElement(root, _samlp("Status"))
    return etree.SubElement(status, _samlp("StatusCode"), {"Value": code})


def _subject(root: Element, envelope: Envelope, statement: Statement) -> None:
    subject = etree.SubElement(root, _saml("Subject"))
    subject.append(statement.name_id.element())
    confirmation = etree.SubElement(subject, _saml("SubjectConfirmation"), {"Method": BEARER})
    data = {
        "Recipient": envelope.destination,
        "NotOnOrAfter": written(envelope.issued + VALID),
        **_in_response_to(envelope),
    }
    etree.SubElement(confirmation, _saml("SubjectConfirmationData"), data)


def _conditions(root: Element, envelope: Envelope, statement: Statement) -> None:
    times = {
        "NotBefore": written(envelope.issued - EARLY),
        "NotOnOrAfter": written(envelope.issued + VALID),
    }
    conditions = etree.SubElement(root, _saml("Conditions"), times)
    restriction = etree.SubElement(conditions, _saml("AudienceRestriction"))
    _text(restriction, "Audience", statement.audience)


def _authentication(root: Element, statement: Statement) -> None:
    told = {
        "AuthnInstant": written(statement.authenticated),
        "SessionIndex": statement.session_index,
        "SessionNotOnOrAfter": written(statement.session_ends),
    }
    authentication = etree.SubElement(root, _saml("AuthnStatement"), told)
    context = etree.SubElement(authentication, _saml("AuthnContext"))
    _text(context, "AuthnContextClassRef", statement.context)


def _attributes(root: Element, statement: Statement) -> None:
    """§2.7.3: a statement of no attributes is none."""
    if not statement.attributes:
        return
    stated = etree.SubElement(root, _saml("AttributeStatement"))
    for each in statement.attributes:
        head = {"Name": each.name, "NameFormat": each.name_format}
        if each.friendly_name:
            head["FriendlyName"] = each.friendly_name
        attribute = etree.SubElement(stated, _saml("Attribute"), head)
        for value in each.values:
            element = _text(attribute, "AttributeValue", value)
            element.set(f"{{{_XSI}}}type", "xs:string")


def _in_response_to(envelope: Envelope) -> dict[str, str]:
    return {} if envelope.in_response_to is None else {"InResponseTo": envelope.in_response_to}


def _text(parent: Element, name: str, text: str) -> Element:
    element = etree.SubElement(parent, _saml(name))
    element.text = text
    return element


def _saml(name: str) -> str:
    return f"{{{SAML}}}{name}"


def _samlp(name: str) -> str:
    return f"{{{PROTOCOL}}}{name}"
