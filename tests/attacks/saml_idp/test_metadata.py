"""Metadata that a stranger has made, in the hands of an operator."""

from __future__ import annotations

import base64
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.x509.oid import NameOID

from federation.saml_idp import application_metadata
from federation.saml_idp.application_metadata import UnusableMetadata
from tests.federation.saml_idp.service_provider import metadata

SERVICE = '<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'


def certificate(key: rsa.RSAPrivateKey | dsa.DSAPrivateKey) -> str:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def complaint(text: str) -> str:
    with pytest.raises(UnusableMetadata) as caught:
        application_metadata.parse(text)
    return str(caught.value)


def test_honest_metadata_is_read() -> None:
    found = application_metadata.parse(metadata())
    assert [each.index for each in found.consumer_services] == [1, 2]
    assert found.default_service.index == 1
    assert len(found.signing) == 1
    assert found.encryption == found.signing[0]


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:1/">%e;]><x/>',
    ],
)
def test_a_document_type_is_refused(bomb: str) -> None:
    assert "document type" in complaint(bomb)
    assert "document type" in complaint(bomb.partition("]>")[0] + "]>" + metadata())


@pytest.mark.parametrize(
    "inside", ["<a/>" * 5001, "<a>" * 40 + "</a>" * 40, " " * 131_072], ids=["many", "deep", "long"]
)
def test_a_metadata_bomb_is_refused_within_bounds(inside: str) -> None:
    text = metadata().replace("</md:EntityDescriptor>", f"{inside}</md:EntityDescriptor>")
    tracemalloc.start()
    complaint(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


@pytest.mark.parametrize(
    "location",
    [
        "http://sp.example.com/acs",
        "javascript:alert(1)",
        "data:text/html,x",
        "//sp.example.com/acs",
        "https://user@sp.example.com/acs",
        "https://sp.example.com/acs#x",
        "https://sp.example.com/&quot;&gt;&lt;script&gt;",
        "https://",
        "",
    ],
)
@pytest.mark.parametrize("which", ["consumer", "logout"])
def test_an_address_must_be_one_that_a_person_may_be_sent_to(which: str, location: str) -> None:
    assert "https" in complaint(metadata(**{which: location}))


def test_keys_that_are_too_weak_or_none_are_refused() -> None:
    weak = certificate(rsa.generate_private_key(65537, 1024))  # noqa: S505 - that is the test
    other = certificate(dsa.generate_private_key(2048))
    for text in (weak, other):
        assert "neither RSA" in complaint(metadata(certificate=text))
    for text in ("", "eA==", "not base64!", "A" * 1000):
        assert "cannot be read" in complaint(metadata(certificate=text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("EntityDescriptor", "EntitiesDescriptor"),
        ("SPSSODescriptor", "IDPSSODescriptor"),
        ('entityID="https://sp.example.com/saml"', ""),
        ('entityID="https://sp.example.com/saml"', f'entityID="{"x" * 513}"'),
        ('entityID="https://sp.example.com/saml"', 'entityID="a&#10;b"'),
        ("bindings:HTTP-POST", "bindings:HTTP-Artifact"),
        ('index="2"', 'index="1"'),
        ('index="2"', 'index="x"'),
        ('index="2"', ""),
        ("<md:SPSSO", '<md:SPSSODescriptor protocolSupportEnumeration="x"/><md:SPSSO'),
        ("<md:EntityDescriptor", '<md:EntityDescriptor validUntil="soon"'),
        ("</md:SPSSODescriptor>", f'{SERVICE} Location="https://a.b/" index="0x1"/>'
         "</md:SPSSODescriptor>"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(before: str, after: str) -> None:
    assert before in metadata()
    complaint(metadata().replace(before, after))


def test_more_services_and_keys_than_anybody_has_are_refused() -> None:
    services = "".join(
        f'{SERVICE} Location="https://a.example/{n}" index="{n}"/>' for n in range(10, 61)
    )
    end = "</md:SPSSODescriptor>"
    assert "more than 50" in complaint(metadata().replace(end, services + end))
    start = metadata().index("<md:KeyDescriptor>")
    stop = metadata().index("<md:SingleLogoutService")
    key = metadata()[start:stop]
    assert "more than 10 keys" in complaint(metadata().replace(key, key * 11))
