"""What a SAML provider is asked with."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from federation.saml.authn_request import AuthnRequest, location
from idp.user_pools.services import saml_certificates

SSO = 'https://idp.example.com/sso?a=1&b="<2>"'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _request(prompt: str = "") -> AuthnRequest:
    here = "https://id.example.com/saml2/idpresponse"
    return AuthnRequest("_1", NOW, SSO, "urn:amazon:cognito:sp:pool", here, prompt)


def test_a_request_says_who_asks_and_where_the_answer_goes() -> None:
    query = dict(parse_qsl(urlsplit(location(_request(), "state", None)).query))
    xml = zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15)
    root: Any = etree.fromstring(xml)
    assert dict(root.attrib) == {
        "ID": "_1",
        "Version": "2.0",
        "IssueInstant": "2026-01-02T03:04:05Z",
        "Destination": SSO,
        "AssertionConsumerServiceURL": "https://id.example.com/saml2/idpresponse",
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    }
    assert [child.text for child in root] == ["urn:amazon:cognito:sp:pool"]
    assert query["RelayState"] == "state"
    assert "Signature" not in query


@pytest.mark.parametrize(
    ("prompt", "attribute"),
    [("login", "ForceAuthn"), ("login consent", "ForceAuthn"), ("none", "IsPassive")],
)
def test_a_prompt_is_handed_on(prompt: str, attribute: str) -> None:
    root: Any = etree.fromstring(_request(prompt).xml())
    assert root.get(attribute) == "true"


def test_the_signature_is_over_the_query_as_it_is_sent() -> None:
    """Bindings §3.4.4.1."""
    key = saml_certificates.make("pool", NOW)
    sent = location(_request(), "state", key.private_key)
    query = sent.partition('b="<2>"&')[2]
    signed, _, _ = query.partition("&Signature=")
    parameters = dict(parse_qsl(query))
    assert parameters["SigAlg"] == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    public = x509.load_der_x509_certificate(base64.b64decode(key.certificate)).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    signature = base64.b64decode(parameters["Signature"])
    public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
