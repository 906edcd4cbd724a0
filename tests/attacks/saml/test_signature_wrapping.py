"""Signature wrapping: one signed element that verifies, another that would be read.

XSW 1 to 8 as Somorovsky et al. name them ("On Breaking SAML: Be Whoever You Want to Be", USENIX
Security 2012), and the ways around a second parser that were found since.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from federation.saml.names import elements
from tests.attacks.saml.conftest import Journey
from tests.attacks.saml.identity_provider import (
    DSIG,
    PROTOCOL,
    SAML,
    assertion_of,
    response,
    sign,
)

Element = Any


def _made_evil(element: Element) -> Element:
    """A copy that names somebody else, with an ID of its own and without the signature."""
    evil = deepcopy(element)
    evil.set("ID", "_evil")
    for name_id in elements(evil, f"{SAML}NameID"):
        name_id.text = "admin"
    for signature in elements(evil, f"{DSIG}Signature"):
        signature.getparent().remove(signature)
    return evil


def _without_signature(element: Element) -> Element:
    """The signed element as it was digested, and its signature."""
    bare = deepcopy(element)
    bare.remove(bare.find(f"{DSIG}Signature"))
    return bare


def _renamed(element: Element, identifier: str) -> Element:
    element.set("ID", identifier)
    return element


def xsw1(document: Element) -> Element:
    """The signed response inside of the signature of a forged one."""
    evil, original = _made_evil(document), _without_signature(document)
    evil_assertion = assertion_of(evil)
    evil_assertion.set("ID", "_evil2")
    signature = deepcopy(document.find(f"{DSIG}Signature"))
    signature.append(original)
    evil.insert(1, signature)
    return evil


def xsw2(document: Element) -> Element:
    """The signed response beside its signature, in a forged one."""
    evil, original = _made_evil(document), _without_signature(document)
    assertion_of(evil).set("ID", "_evil2")
    evil.insert(1, original)
    evil.insert(2, deepcopy(document.find(f"{DSIG}Signature")))
    return evil


def xsw3(document: Element) -> Element:
    """A forged assertion before the signed one."""
    signed = assertion_of(document)
    signed.addprevious(_made_evil(signed))
    return document


def xsw4(document: Element) -> Element:
    """A forged assertion around the signed one."""
    signed = assertion_of(document)
    evil = _made_evil(signed)
    signed.addprevious(evil)
    evil.append(signed)
    return document


def xsw5(document: Element) -> Element:
    """The signature in the forged assertion, what it signs at the end."""
    signed = assertion_of(document)
    original = _without_signature(signed)
    evil = _made_evil(signed)
    evil.insert(1, deepcopy(signed.find(f"{DSIG}Signature")))
    document.replace(signed, evil)
    document.append(original)
    return document


def xsw6(document: Element) -> Element:
    """What is signed within the signature of the forged assertion."""
    signed = assertion_of(document)
    original = _without_signature(signed)
    evil = _made_evil(signed)
    signature = deepcopy(signed.find(f"{DSIG}Signature"))
    signature.append(original)
    evil.insert(1, signature)
    document.replace(signed, evil)
    return document


def xsw7(document: Element) -> Element:
    """A forged assertion among the response's extensions, where the schema takes anything."""
    signed = assertion_of(document)
    extensions = etree.Element(f"{PROTOCOL}Extensions")
    extensions.append(_made_evil(signed))
    document.insert(1, extensions)
    return document


def xsw8(document: Element) -> Element:
    """What is signed as an object of the forged assertion's signature."""
    signed = assertion_of(document)
    original = _without_signature(signed)
    evil = _made_evil(signed)
    signature = deepcopy(signed.find(f"{DSIG}Signature"))
    etree.SubElement(signature, f"{DSIG}Object").append(original)
    evil.insert(1, signature)
    document.replace(signed, evil)
    return document


@pytest.mark.parametrize("wrap", [xsw1, xsw2])
def test_a_signed_response_cannot_be_wrapped(
    journey: Journey, wrap: Callable[[Element], Element]
) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(document)
    journey.refuses(asked, wrap(document))


@pytest.mark.parametrize("wrap", [xsw3, xsw4, xsw5, xsw6, xsw7, xsw8])
def test_a_signed_assertion_cannot_be_wrapped(
    journey: Journey, wrap: Callable[[Element], Element]
) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    journey.refuses(asked, wrap(document))


@pytest.mark.parametrize("wrap", [xsw3, xsw4, xsw5, xsw6, xsw7, xsw8])
def test_an_element_with_the_same_id_cannot_be_taken_for_the_signed_one(
    journey: Journey, wrap: Callable[[Element], Element]
) -> None:
    """The reference must lead to one element, for whoever resolves it."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    identifier = assertion_of(document).get("ID")
    wrapped = wrap(document)
    for element in elements(wrapped, f"{SAML}Assertion"):
        if element.get("ID") == "_evil":
            element.set("ID", identifier)
    journey.refuses(asked, wrapped)


def test_the_signed_assertion_cannot_be_left_in_extensions(journey: Journey) -> None:
    """One assertion in the document, signed, but not where an assertion belongs."""
    asked = journey.leave()
    document = response(asked)
    signed = assertion_of(document)
    sign(signed)
    extensions = etree.Element(f"{PROTOCOL}Extensions")
    extensions.append(signed)
    document.insert(1, extensions)
    journey.refuses(asked, document)


def test_two_signed_assertions_are_not_chosen_from(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    other = _renamed(deepcopy(assertion_of(document)), "_other")
    document.append(other)
    sign(assertion_of(document))
    sign(other)
    journey.refuses(asked, document)


def test_a_signed_assertion_is_not_put_into_another_providers_response(journey: Journey) -> None:
    """The signature of one element says nothing of a signature that fails beside it."""
    consent = "urn:oasis:names:tc:SAML:2.0:consent:obtained"
    for name, value in (("Version", "2.0 "), ("Consent", consent)):
        asked = journey.leave()
        document = response(asked)
        sign(assertion_of(document))
        sign(document)
        document.set(name, value)
        journey.refuses(asked, document)


@pytest.mark.parametrize("place", ["StatusDetail", "Extensions"])
def test_a_digest_elsewhere_is_not_taken_for_the_signatures_own(
    journey: Journey, place: str
) -> None:
    """CVE-2024-45409: a DigestValue smuggled into a part that nobody signs was found first."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    smuggled = etree.Element(f"{PROTOCOL}{place}")
    etree.SubElement(smuggled, f"{DSIG}DigestValue").text = "AAAA"
    if place == "Extensions":
        document.insert(1, smuggled)
    else:
        document.find(f"{PROTOCOL}Status").append(smuggled)
    for name_id in elements(document, f"{SAML}NameID"):
        name_id.text = "admin"
    journey.refuses(asked, document)


def test_a_doctype_does_not_hide_one_document_in_another(journey: Journey) -> None:
    """CVE-2025-25291: two parsers read a document type declaration differently."""
    for doctype in (
        b'<!DOCTYPE response SYSTEM "x"><!--',
        b"<!DOCTYPE foo [<!ENTITY x 'a'>]>",
        b"<!DOCTYPE foo>",
    ):
        asked = journey.leave()
        document = response(asked)
        sign(assertion_of(document))
        octets = etree.tostring(document)
        hidden = doctype + (b"-->" if doctype.endswith(b"<!--") else b"")
        journey.refuses(asked, hidden + octets)


@pytest.mark.parametrize(
    "declared",
    ["http://www.w3.org/2000/09/xmldsig", "HTTP://www.w3.org/2000/09/xmldsig#", ""],
    ids=["shorter", "capitals", "none"],
)
def test_a_signature_of_another_namespace_signs_nothing(journey: Journey, declared: str) -> None:
    """CVE-2025-25292: what one parser took for a signature, the other did not see."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    octets = etree.tostring(document).replace(
        b"http://www.w3.org/2000/09/xmldsig#", declared.encode()
    )
    if not declared:
        octets = octets.replace(b'xmlns:ds=""', b"").replace(b"ds:", b"")
    journey.refuses(asked, octets)


def test_attributes_of_other_namespaces_are_no_identifiers(journey: Journey) -> None:
    """CVE-2025-66567, the rest of CVE-2025-25292: an `x:ID` that one parser reads as the ID."""
    asked = journey.leave()
    document = response(asked)
    signed = assertion_of(document)
    sign(signed)
    identifier = signed.get("ID")
    del signed.attrib["ID"]
    signed.set("{urn:x}ID", identifier)
    journey.refuses(asked, document)


def test_an_xml_id_does_not_redirect_the_reference(journey: Journey) -> None:
    """`xml:id` is an identifier to libxml2 without anybody saying so."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    detail = etree.SubElement(document.find(f"{PROTOCOL}Status"), f"{PROTOCOL}StatusDetail")
    decoy = etree.SubElement(detail, "{urn:x}decoy")
    decoy.set("{http://www.w3.org/XML/1998/namespace}id", assertion_of(document).get("ID"))
    journey.refuses(asked, document, "ambiguous identifiers")


def test_what_cannot_be_canonicalized_is_not_taken_for_nothing(journey: Journey) -> None:
    """CVE-2025-66568: canonicalization fails at a relative namespace, and an empty text has a
    digest that everybody knows."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    octets = etree.tostring(document)
    octets = octets.replace(b"<saml:Subject>", b'<saml:Subject xmlns:ns="1">', 1)
    empty = b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    begins = octets.index(b"DigestValue>") + len(b"DigestValue>")
    ends = octets.index(b"</ds:DigestValue")
    journey.refuses(asked, octets[:begins] + empty + octets[ends:])
