"""Encrypted assertions: what is never decrypted, and what decryption does not make true."""

from __future__ import annotations

from typing import Any

import pytest
import xmlsec
from lxml import etree

from federation.saml.names import elements
from tests.attacks.saml.conftest import Journey, make_journey
from tests.attacks.saml.identity_provider import (
    DSIG,
    SAML,
    XENC,
    Asked,
    assertion_of,
    encrypt,
    response,
    sign,
    signing_key,
)
from tests.idp.oauth.world import World

NOT_ACCEPTED = "encrypted in a way that is not accepted"


def _encrypted(journey: Journey, asked: Asked, **how: Any) -> Any:
    document = response(asked)
    sign(assertion_of(document))
    encrypt(document, journey.certificate, **how)
    return document


def _relabelled(document: Any, element: str, algorithm: str) -> Any:
    for found in elements(document, f"{XENC}{element}"):
        found.find(f"{XENC}EncryptionMethod").set("Algorithm", algorithm)
    return document


def test_rsa_1_5_is_refused(journey: Journey) -> None:
    """Bleichenbacher's oracle needs somebody who tries."""
    asked = journey.leave()
    document = _encrypted(journey, asked, transport=xmlsec.constants.TransformRsaPkcs1)
    journey.refuses(asked, document, NOT_ACCEPTED)


@pytest.mark.parametrize(
    ("cipher", "kind", "bits"),
    [
        (xmlsec.constants.TransformAes128Cbc, xmlsec.constants.KeyDataAes, 128),
        (xmlsec.constants.TransformAes256Cbc, xmlsec.constants.KeyDataAes, 256),
        (xmlsec.constants.TransformDes3Cbc, xmlsec.constants.KeyDataDes, 192),
    ],
    ids=["aes128", "aes256", "des"],
)
def test_cbc_is_refused(journey: Journey, cipher: Any, kind: Any, bits: int) -> None:
    """Jager and Somorovsky 2011: a padding oracle decrypts without the key."""
    asked = journey.leave()
    document = _encrypted(journey, asked, cipher=cipher, kind=kind, bits=bits)
    journey.refuses(asked, document, NOT_ACCEPTED)


def test_refused_algorithms_are_refused_before_decryption(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = journey.leave()
    document = _encrypted(journey, asked, transport=xmlsec.constants.TransformRsaPkcs1)

    def never(*_: Any) -> None:
        raise AssertionError("decrypted")

    monkeypatch.setattr("onelogin.saml2.utils.OneLogin_Saml2_Utils.decrypt_element", never)
    journey.refuses(asked, document, NOT_ACCEPTED)


@pytest.mark.parametrize("algorithm", ["", "urn:none", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"])
@pytest.mark.parametrize("element", ["EncryptedKey", "EncryptedData"])
def test_unknown_algorithms_are_refused(journey: Journey, element: str, algorithm: str) -> None:
    asked = journey.leave()
    document = _relabelled(_encrypted(journey, asked), element, algorithm)
    journey.refuses(asked, document, NOT_ACCEPTED)


def test_whoever_encrypts_has_signed_nothing(journey: Journey) -> None:
    """The certificate is public: everybody can encrypt to it."""
    asked = journey.leave()
    document = response(asked)
    encrypt(document, journey.certificate)
    journey.refuses(asked, document, "cannot be verified")


def test_what_is_encrypted_to_others_is_refused(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    encrypt(document, signing_key("another").certificate)
    sign(document)
    journey.refuses(asked, document, "cannot be verified")


def test_an_encrypted_assertion_stands_alone(journey: Journey) -> None:
    """A forged one beside it is not read."""
    asked = journey.leave()
    document = _encrypted(journey, asked)
    document.append(assertion_of(response(asked, name_id="admin")))
    journey.refuses(asked, document)


def test_two_encrypted_assertions_are_not_chosen_from(journey: Journey) -> None:
    asked = journey.leave()
    document = _encrypted(journey, asked)
    document.append(_encrypted(journey, asked).find(f"{SAML}EncryptedAssertion"))
    journey.refuses(asked, document)


def test_a_signature_within_is_of_the_one_form_too(journey: Journey) -> None:
    """What is refused in clear is refused when it was encrypted."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document), digest=xmlsec.constants.TransformSha1)
    encrypt(document, journey.certificate)
    journey.refuses(asked, document, "of a form that is not accepted")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/", "file:///etc/passwd", ""])
def test_nothing_is_fetched_to_decrypt(journey: Journey, uri: str) -> None:
    asked = journey.leave()
    by_cipher = _encrypted(journey, asked)
    for data in elements(by_cipher, f"{XENC}CipherData"):
        data.remove(data[0])
        etree.SubElement(data, f"{XENC}CipherReference", URI=uri)
    journey.refuses(asked, by_cipher, NOT_ACCEPTED)
    asked = journey.leave()
    by_key = _encrypted(journey, asked)
    (info,) = elements(by_key, f"{DSIG}KeyInfo")
    etree.SubElement(info, f"{DSIG}RetrievalMethod", URI=uri)
    journey.refuses(asked, by_key, NOT_ACCEPTED)


@pytest.mark.parametrize("place", [0, 20, -30])
def test_a_changed_cipher_text_is_refused(journey: Journey, place: int) -> None:
    asked = journey.leave()
    document = _encrypted(journey, asked)
    values = elements(document, f"{XENC}CipherValue")
    text = values[-1].text.replace("\n", "")
    flipped = "A" if text[place] != "A" else "B"
    position = place % len(text)
    values[-1].text = text[:position] + flipped + text[position + 1 :]
    journey.refuses(asked, document, "cannot be verified")


def test_encryption_can_be_required(saml_world: World) -> None:
    """EncryptedResponses."""
    journey = make_journey(saml_world, EncryptedResponses="true")
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    journey.refuses(asked, document, "cannot be verified")
    asked = journey.leave()
    journey.admits(asked, _encrypted(journey, asked))
