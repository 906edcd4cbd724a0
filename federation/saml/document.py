"""A SAML response as a tree of bounded size, of which every identifier names one element.

It is what strangers send. The toolkit's parser is the only one that ever reads it: no document
type, no entities, no network, and neither comments nor processing instructions.
"""

# lxml and python3-saml are untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import binascii
from typing import Any

from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from federation.saml.encryption import check_encryption
from federation.saml.names import ASSERTION, RESPONSE, XML_ID, elements
from federation.saml.signatures import check_signatures
from idp.user_pools.services.upstream import UpstreamFailed

MOST_BYTES = 200_000
DEEPEST = 32
MOST_ELEMENTS = 5_000
IDENTIFIERS = ("ID", "Id", "id")

Element = Any


def decoded(parameter: str) -> bytes:
    """The XML of the parameter SAMLResponse (SAML 2.0 Bindings §3.5.4). Raises `UpstreamFailed`."""
    if len(parameter) > MOST_BYTES * 4 // 3 + 4096:  # some encoders break lines
        raise UpstreamFailed("The SAML message is too large.")
    try:
        found = base64.b64decode("".join(parameter.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UpstreamFailed("The SAML message is not base64.") from None
    if not found or len(found) > MOST_BYTES:
        raise UpstreamFailed("The SAML message is not of a usable size.")
    return found


def parse(xml: bytes, root: str = RESPONSE) -> Element:
    """The tree of a message of that kind, once its form has been checked. Raises
    `UpstreamFailed`."""
    try:
        document = OneLogin_Saml2_XML.to_etree(xml)
    except (etree.LxmlError, ValueError, LookupError):  # DTDForbidden is a ValueError
        raise UpstreamFailed("The SAML message is no acceptable XML.") from None
    check(document, root)
    return document


def check(document: Element, root: str = RESPONSE) -> None:
    """Refuse what a signature could be wrapped with. Raises `UpstreamFailed`."""
    if document.tag != root:
        raise UpstreamFailed("The SAML message is of another kind.")
    check_size(document)
    _check_identifiers(document)
    check_signatures(document)
    check_encryption(document)


def canonical(assertion: Element) -> Element:
    """The assertion by itself, parsed from its canonical form: the octets that were signed, with
    nothing around them that a query could stray into."""
    octets = etree.tostring(assertion, method="c14n", exclusive=True, with_comments=False)
    return OneLogin_Saml2_XML.to_etree(octets)


def only_assertion(document: Element) -> Element:
    """The response's one assertion, wherever else one might hide. Raises `UpstreamFailed`."""
    everywhere = elements(document, ASSERTION)
    if len(everywhere) != 1 or everywhere[0].getparent() is not document:
        raise UpstreamFailed("The identity provider's response must have one assertion.")
    return everywhere[0]


def check_size(document: Element) -> None:
    elements = depth = 0
    for event, _ in etree.iterwalk(document, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > DEEPEST or elements > MOST_ELEMENTS:
            raise UpstreamFailed("The SAML message is too deep or too large.")


def _check_identifiers(document: Element) -> None:
    """A reference must lead to one element, whoever resolves it."""
    found = [
        element.get(name)
        for element in document.iter()
        for name in IDENTIFIERS
        if element.get(name) is not None
    ]
    # `xml:id` is one without any schema, to the XML library alone.
    has_xml_id = any(element.get(XML_ID) is not None for element in document.iter())
    if len(set(found)) != len(found) or has_xml_id:
        raise UpstreamFailed("The SAML message has ambiguous identifiers.")
