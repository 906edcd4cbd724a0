"""Signatures that are missing, by others, of weak algorithms, or that compute something."""

from __future__ import annotations

from typing import Any

import pytest
import xmlsec
from lxml import etree

from federation.saml.names import elements
from tests.attacks.saml.conftest import Journey
from tests.attacks.saml.identity_provider import (
    DSIG,
    Asked,
    SigningKey,
    assertion_of,
    response,
    sign,
    signing_key,
)

XSLT = b"""<ds:Transform xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
 Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet version="1.0"
 xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><xsl:value-of
 select="document('file:///etc/passwd')"/></xsl:template></xsl:stylesheet></ds:Transform>"""
XPATH = b"""<ds:Transform xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
 Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath>
 </ds:Transform>"""
FORM = "of a form that is not accepted"


def _signed(asked: Asked, **how: Any) -> Any:
    document = response(asked)
    sign(assertion_of(document), **how)
    return document


def test_a_response_without_a_signature_is_refused(journey: Journey) -> None:
    """Signature exclusion: what has none has nothing that could fail."""
    asked = journey.leave()
    journey.refuses(asked, response(asked), "cannot be verified")


def test_a_signature_cannot_be_stripped(journey: Journey) -> None:
    asked = journey.leave()
    document = _signed(asked)
    for signature in elements(document, f"{DSIG}Signature"):
        signature.getparent().remove(signature)
    journey.refuses(asked, document)


@pytest.mark.parametrize("part", ["SignatureValue", "DigestValue", "Reference", "SignedInfo"])
def test_a_signature_needs_all_its_parts(journey: Journey, part: str) -> None:
    asked = journey.leave()
    removed = _signed(asked)
    for element in elements(removed, f"{DSIG}{part}"):
        element.getparent().remove(element)
    journey.refuses(asked, removed)
    if part in ("SignatureValue", "DigestValue"):
        asked = journey.leave()
        emptied = _signed(asked)
        for element in elements(emptied, f"{DSIG}{part}"):
            element.text = ""
        journey.refuses(asked, emptied)


@pytest.mark.parametrize("name", ["NameID", "AttributeValue", "Audience", "Issuer"])
def test_signed_text_cannot_be_changed(journey: Journey, name: str) -> None:
    asked = journey.leave()
    document = _signed(asked)
    for element in elements(document, f"{{urn:oasis:names:tc:SAML:2.0:assertion}}{name}"):
        element.text = "admin"
    journey.refuses(asked, document)


def test_another_certificate_does_not_become_good_by_coming_along(journey: Journey) -> None:
    """KeyInfo chooses no key: the certificates of the metadata are the only ones."""
    asked = journey.leave()
    journey.refuses(asked, _signed(asked, key=signing_key("evil.example")), "cannot be verified")


def test_the_trusted_certificate_beside_another_key_signs_nothing(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document), signing_key("evil.example"))
    for element in elements(document, f"{DSIG}X509Certificate"):
        element.text = signing_key().certificate
    journey.refuses(asked, document)


@pytest.mark.parametrize(
    "how",
    [
        {"method": xmlsec.constants.TransformRsaSha1},
        {"digest": xmlsec.constants.TransformSha1},
    ],
    ids=["signature", "digest"],
)
def test_sha_1_is_refused(journey: Journey, how: dict[str, Any]) -> None:
    asked = journey.leave()
    journey.refuses(asked, _signed(asked, **how), FORM)


def test_the_certificate_is_no_shared_secret(journey: Journey) -> None:
    """HMAC with what everybody knows as its key."""
    asked = journey.leave()
    document = _signed(asked)
    for method in elements(document, f"{DSIG}SignatureMethod"):
        method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    journey.refuses(asked, document, FORM)


@pytest.mark.parametrize("transform", [XSLT, XPATH], ids=["xslt", "xpath"])
@pytest.mark.parametrize("place", ["Transforms", "Transform", "KeyInfo"])
def test_transforms_that_compute_are_not_run(
    journey: Journey, transform: bytes, place: str
) -> None:
    """XSLT in a signature runs before anybody knows who wrote it."""
    asked = journey.leave()
    document = _signed(asked)
    holder = elements(document, f"{DSIG}{place}")[-1]
    if place == "KeyInfo":
        method = etree.SubElement(holder, f"{DSIG}RetrievalMethod", URI="http://127.0.0.1:1/")
        holder = etree.SubElement(method, f"{DSIG}Transforms")
    if place == "Transform":
        holder.getparent().replace(holder, etree.fromstring(transform))
    else:
        holder.insert(0, etree.fromstring(transform))
    journey.refuses(asked, document, FORM)


@pytest.mark.parametrize(
    "uri",
    ["", "#_evil", "#xpointer(/)", "file:///etc/passwd", "http://127.0.0.1:1/"],
    ids=["whole", "another", "pointer", "file", "fetched"],
)
def test_a_reference_leads_to_its_own_element(journey: Journey, uri: str) -> None:
    asked = journey.leave()
    document = _signed(asked)
    for reference in elements(document, f"{DSIG}Reference"):
        reference.set("URI", uri)
    journey.refuses(asked, document, FORM)


def test_canonicalization_has_two_names_and_no_more(journey: Journey) -> None:
    asked = journey.leave()
    document = _signed(asked)
    for method in elements(document, f"{DSIG}CanonicalizationMethod"):
        method.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    journey.refuses(asked, document, FORM)


def test_a_key_of_no_kind_stands_for_nobody(journey: Journey) -> None:
    """The certificate's key, of which the attacker has no private part, is not replaced."""
    asked = journey.leave()
    evil = signing_key("evil.example")
    mixed = SigningKey(evil.private_pem, evil.certificate)
    document = _signed(asked, key=mixed)
    for info in elements(document, f"{DSIG}KeyInfo"):
        info.getparent().remove(info)
    journey.refuses(asked, document)
