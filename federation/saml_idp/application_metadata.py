"""What an application says of itself as a service provider (SAML 2.0 Metadata §2.4.4).

The document is a stranger's, though an operator hands it in: it is bounded before it is parsed, has
no document type, and no address of it is anything but https (http for loopback alone).
"""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from federation.saml import document, times
from federation.saml.names import DSIG, POST_BINDING, REDIRECT_BINDING
from idp.user_pools.rules import saml_keys, web_addresses
from idp.user_pools.rules.saml_metadata import LogoutService
from idp.user_pools.services.upstream import UpstreamFailed

MOST_BYTES = 131_072
MOST_SERVICES = 50
"""Assertion consumer services of one application."""
MOST_KEYS = 10
LONGEST_ENTITY_ID = 512
"""Half of what Core §8.3.6 allows: it travels in addresses."""
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_XSI_TRUE = frozenset({"true", "1"})

Element = Any


class UnusableMetadata(ValueError):
    """The text is a sentence that says why."""


@dataclass(frozen=True)
class ConsumerService:
    """Where answers may go, by HTTP-POST."""

    index: int
    location: str
    is_default: bool | None
    """None where the metadata says nothing."""


@dataclass(frozen=True)
class ApplicationMetadata:
    """The parts that are used. Certificates are base64 of DER."""

    entity_id: str
    consumer_services: tuple[ConsumerService, ...]
    logout: LogoutService | None
    """By HTTP-Redirect where the application has both: that needs no page."""
    signing: tuple[str, ...]
    encryption: str | None
    """The first one that is fit for RSA-OAEP."""
    signs_requests: bool
    wants_signed_assertions: bool
    valid_until: datetime | None

    @property
    def default_service(self) -> ConsumerService:
        """§2.2.3: the first with isDefault="true", else the first without "false", else the
        first."""
        services = self.consumer_services
        for wanted in (True, None):
            found = next((each for each in services if each.is_default is wanted), None)
            if found is not None:
                return found
        return services[0]

    def service(self, location: str | None, index: str | None) -> ConsumerService | None:
        """The one that a request names, to the letter; None where it is not registered."""
        if location is not None:
            return next((e for e in self.consumer_services if e.location == location), None)
        if index is None:
            return self.default_service
        return next((e for e in self.consumer_services if str(e.index) == index), None)


def parse(text: str) -> ApplicationMetadata:
    """Raises `UnusableMetadata`."""
    root = _tree(text)
    entity_id = root.get("entityID", "")
    if not is_entity_id(entity_id):
        raise UnusableMetadata("Its EntityDescriptor has no entityID, or one that is too long.")
    roles = root.findall(_md("SPSSODescriptor"))
    if len(roles) != 1:
        raise UnusableMetadata("It must have one SPSSODescriptor.")
    services = tuple(_consumer_services(roles[0]))
    if not services:
        raise UnusableMetadata("It has no AssertionConsumerService with the binding HTTP-POST.")
    return ApplicationMetadata(
        entity_id,
        services,
        _logout(roles[0]),
        tuple(_certificates(roles[0], "signing")),
        next(filter(_is_rsa, _certificates(roles[0], "encryption")), None),
        roles[0].get("AuthnRequestsSigned") in _XSI_TRUE,
        roles[0].get("WantAssertionsSigned") in _XSI_TRUE,
        _valid_until(root, roles[0]),
    )


def is_entity_id(text: str) -> bool:
    """Whether an application can be called so."""
    return 0 < len(text) <= LONGEST_ENTITY_ID and text.isprintable()


def _tree(text: str) -> Element:
    octets = text.encode(errors="replace")
    if len(octets) > MOST_BYTES:
        raise UnusableMetadata(f"It is longer than {MOST_BYTES} bytes.")
    try:
        root = OneLogin_Saml2_XML.to_etree(octets)
        document.check_size(root)
    except (etree.LxmlError, ValueError, LookupError):  # DTDForbidden is a ValueError
        raise UnusableMetadata("It is no well-formed XML without a document type.") from None
    except UpstreamFailed:
        raise UnusableMetadata("It has too many elements, or is nested too deeply.") from None
    if root.tag != _md("EntityDescriptor"):
        raise UnusableMetadata("Its root is no EntityDescriptor.")
    return root


def _consumer_services(role: Element) -> Iterator[ConsumerService]:
    found = role.findall(_md("AssertionConsumerService"))
    if len(found) > MOST_SERVICES:
        raise UnusableMetadata(f"It has more than {MOST_SERVICES} AssertionConsumerServices.")
    indexes = [each.get("index", "") for each in found]
    if len(set(indexes)) != len(indexes) or not all(_is_index(each) for each in indexes):
        raise UnusableMetadata("Its AssertionConsumerServices must have different indexes.")
    for each in found:
        if each.get("Binding") == POST_BINDING:
            default = each.get("isDefault")
            is_default = None if default is None else default in _XSI_TRUE
            location = _location(each, "Location")
            yield ConsumerService(int(each.get("index")), location, is_default)


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _logout(role: Element) -> LogoutService | None:
    found: dict[str, LogoutService] = {}
    for each in role.findall(_md("SingleLogoutService")):
        binding = each.get("Binding")
        if binding in (REDIRECT_BINDING, POST_BINDING) and binding not in found:
            location = _location(each, "Location")
            has_other = each.get("ResponseLocation") is not None
            answers = _location(each, "ResponseLocation") if has_other else location
            found[binding] = LogoutService(location, answers, is_posted=binding == POST_BINDING)
    return found.get(REDIRECT_BINDING) or found.get(POST_BINDING)


def _location(element: Element, name: str) -> str:
    location = element.get(name, "")
    if not web_addresses.is_secure(location):
        raise UnusableMetadata(f"A {name} is no https URL.")
    return str(location)


def _certificates(role: Element, use: str) -> Iterator[str]:
    """Of the keys for that use, and of those without one: they "appl[y] to both" (§2.4.1.1)."""
    found = [each for each in role.findall(_md("KeyDescriptor")) if each.get("use", use) == use]
    if len(found) > MOST_KEYS:
        raise UnusableMetadata(f"It has more than {MOST_KEYS} keys for {use}.")
    for descriptor in found:
        for element in descriptor.iter(f"{{{DSIG}}}X509Certificate"):
            text = "".join((element.text or "").split())
            _check_key(text)
            yield text


def _check_key(text: str) -> None:
    try:
        is_strong = saml_keys.is_strong(text)
    except ValueError:
        raise UnusableMetadata("A certificate cannot be read.") from None
    if not is_strong:
        raise UnusableMetadata(
            f"A certificate's key is neither RSA with {saml_keys.FEWEST_RSA_BITS} bits or more, "
            "nor EC."
        )


def _is_rsa(certificate: str) -> bool:
    return isinstance(saml_keys.public_key(certificate), rsa.RSAPublicKey)


def _valid_until(*elements: Element) -> datetime | None:
    """The earliest moment (§2.3.2)."""
    try:
        given = [e.get("validUntil") for e in elements]
        return min((times.moment(text) for text in given if text), default=None)
    except UpstreamFailed:
        raise UnusableMetadata("Its validUntil is no time.") from None


def _md(name: str) -> str:
    return f"{{{METADATA}}}{name}"
