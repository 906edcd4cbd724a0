"""XML as a weapon: entities, bombs, comments, depth and size."""

from __future__ import annotations

import time

import pytest
from lxml import etree

from federation.saml.names import elements
from tests.attacks.saml.conftest import Journey
from tests.attacks.saml.identity_provider import (
    PROTOCOL,
    SAML,
    assertion_of,
    encrypt,
    response,
    sign,
)

BOMB = "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10)
).encode()
ENTITIES = {
    "internal": b'<!DOCTYPE r [<!ENTITY e "admin">]>',
    "file": b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "fetched": b'<!DOCTYPE r [<!ENTITY e SYSTEM "http://127.0.0.1:1/">]>',
    "parameter": b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY e "x">]>',
    "bomb": b'<!DOCTYPE r [<!ENTITY e "&a9;">' + BOMB + b"]>",
    "defaults": b'<!DOCTYPE r [<!ENTITY e "x"><!ATTLIST r ID CDATA "_evil">]>',
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_entities_are_refused(journey: Journey, kind: str) -> None:
    """A document type declaration is enough: nothing of it is defined, expanded or fetched."""
    began = time.monotonic()
    for name in (b">ada<", b">&e;<"):
        asked = journey.leave()
        document = response(asked)
        sign(assertion_of(document))
        octets = ENTITIES[kind] + etree.tostring(document).replace(b">ada<", name)
        journey.refuses(asked, octets, "no acceptable XML")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_another_encoding_hides_no_entities(journey: Journey, encoding: str) -> None:
    asked = journey.leave()
    text = ENTITIES["internal"].decode() + etree.tostring(response(asked)).decode()
    journey.refuses(asked, text.encode(encoding))


@pytest.mark.parametrize("with_encryption", [False, True], ids=["plain", "encrypted"])
def test_a_comment_does_not_cut_a_name_short(journey: Journey, with_encryption: bool) -> None:
    """CVE-2017-11427 and its kin: the signature does not see comments, and `ada<!---->.evil` was
    read as `ada`. The name is the whole text."""
    asked = journey.leave()
    document = response(asked, name_id="ada.evil")
    sign(assertion_of(document))
    octets = etree.tostring(document).replace(b">ada.evil<", b">ada<!-- -->.evil<")
    if with_encryption:
        document = etree.fromstring(octets)
        encrypt(document, journey.certificate)
        octets = etree.tostring(document)
    journey.admits(asked, octets)
    assert journey.usernames() == ["Office_ada.evil"]


def test_a_processing_instruction_does_not_cut_a_name_short(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked, name_id="ada.evil")
    sign(assertion_of(document))
    octets = etree.tostring(document).replace(b">ada.evil<", b">ada<?x?>.evil<")
    journey.come(asked, octets)
    assert journey.usernames() in ([], ["Office_ada.evil"])


def test_a_name_with_an_element_in_it_is_refused(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked, name_id="ada<b xmlns='urn:x'/>.evil")
    sign(assertion_of(document))
    journey.refuses(asked, document)


def test_depth_is_bounded(journey: Journey) -> None:
    for depth in (40, 200, 20_000):
        asked = journey.leave()
        deep = b"<x>" * depth + b"</x>" * depth
        octets = etree.tostring(response(asked)).replace(b">ada@example.com<", b">" + deep + b"<")
        journey.refuses(asked, octets)


def test_elements_are_counted(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    detail = etree.SubElement(document.find(f"{PROTOCOL}Status"), f"{PROTOCOL}StatusDetail")
    for _ in range(6_000):
        etree.SubElement(detail, "{urn:x}y")
    sign(assertion_of(document))
    journey.refuses(asked, document, "too deep or too large")


def test_size_is_bounded_before_anything_is_parsed(journey: Journey) -> None:
    asked = journey.leave()
    octets = etree.tostring(response(asked)) + b" " * 201_000
    journey.refuses(asked, octets, "usable size")
    journey.refuses(journey.leave(), octets + octets, "too large")


@pytest.mark.parametrize(
    "octets",
    [b"", b"x", b"<", b"\x00\xff", b"<a/>", b"<Response/>", b"<?xml version='1.0'?>"],
    ids=["empty", "letter", "broken", "octets", "another", "unqualified", "declaration"],
)
def test_what_is_no_response_is_refused(journey: Journey, octets: bytes) -> None:
    asked = journey.leave()
    journey.refuses(asked, octets)


@pytest.mark.parametrize("parameter", ["", "%%%", "ü", "PGEvPg", "a"])
def test_what_is_no_base64_is_refused(journey: Journey, parameter: str) -> None:
    asked = journey.leave()
    answer = journey.come(asked, b"", SAMLResponse=parameter)
    assert "error=access_denied" in answer.location
    assert journey.usernames() == []


@pytest.mark.parametrize("name", ["Assertion", "NameID", "AttributeValue"])
def test_elements_of_no_namespace_are_not_read(journey: Journey, name: str) -> None:
    asked = journey.leave()
    document = response(asked)
    for element in elements(document, f"{SAML}{name}"):
        element.tag = name
    sign(document)
    answer = journey.come(asked, document)
    if name == "AttributeValue":
        assert "admin" not in journey.usernames()
    else:
        assert "error=access_denied" in answer.location
        assert journey.usernames() == []
