"""A SAML identity provider that says and signs whatever a test wants."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

from idp.user_pools.services.saml_certificates import make
from kernel.clock import Clock

ENTITY_ID = "https://idp.example.com/saml"
SLO = "https://idp.example.com/slo?tenant=1"
SSO = "https://idp.example.com/sso?tenant=1&x=2"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
NAMES = {
    "samlp": PROTOCOL.strip("{}"),
    "saml": SAML.strip("{}"),
    "ds": DSIG.strip("{}"),
    "xenc": XENC.strip("{}"),
}

Element = Any

METADATA = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
    xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity_id}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    {keys}{logout}
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="https://idp.example.com/sso?tenant=1&amp;x=2"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"""
KEY = (
    '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}'
    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
)

RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{response_id}" Version="2.0"
 IssueInstant="{issued}"{destination}{response_to}>
<saml:Issuer>{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
<saml:Assertion ID="{assertion_id}" Version="2.0" IssueInstant="{issued}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="{format}">{name_id}</saml:NameID>
<saml:SubjectConfirmation Method="{method}"><saml:SubjectConfirmationData{recipient}{confirmed_to}
 {confirmation_ends}/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">{conditions}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{authenticated}"{session_index}>
<saml:AuthnContext><saml:AuthnContextClassRef>
urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>
</saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="mail">
<saml:AttributeValue>{mail}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
</saml:Assertion></samlp:Response>"""
RESTRICTION = (
    "<saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction>"
)


@dataclass(frozen=True)
class Asked:
    """What the pool's request says."""

    request_id: str
    here: str
    audience: str
    relay_state: str


@dataclass(frozen=True)
class SigningKey:
    private_pem: str
    certificate: str

    @property
    def certificate_pem(self) -> str:
        der = base64.b64decode(self.certificate)
        pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        return pem.decode()


def signing_key(name: str = "idp.example.com") -> SigningKey:
    """The key of that name, made once."""
    return _made(name)


@cache
def _made(name: str) -> SigningKey:
    made = make(name, Clock().now())
    return SigningKey(made.private_key, made.certificate)


def metadata(*keys: SigningKey, entity_id: str = ENTITY_ID, logout: str = "") -> str:
    described = "".join(KEY.format(key.certificate) for key in keys or (signing_key(),))
    return METADATA.format(keys=described, entity_id=entity_id, logout=logout)


def moment(seconds_from_now: float) -> str:
    then = datetime.fromtimestamp(time.time() + seconds_from_now, UTC)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def response(asked: Asked, **said: str) -> Element:
    """An unsigned response, honest but for what is said. An empty text leaves a part out."""
    values = {
        "response_id": f"_r{secrets.token_hex(16)}",
        "assertion_id": f"_a{secrets.token_hex(16)}",
        "issued": moment(0),
        "authenticated": moment(0),
        "issuer": ENTITY_ID,
        "status": "Success",
        "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "name_id": "ada",
        "mail": "ada@example.com",
        "method": "urn:oasis:names:tc:SAML:2.0:cm:bearer",
        "begins": moment(-5),
        "ends": moment(300),
        "destination": _attribute("Destination", asked.here),
        "response_to": _attribute("InResponseTo", asked.request_id),
        "confirmed_to": _attribute("InResponseTo", asked.request_id),
        "recipient": _attribute("Recipient", asked.here),
        "confirmation_ends": _attribute("NotOnOrAfter", moment(300)),
        "session_index": _attribute("SessionIndex", "s1"),
        "conditions": RESTRICTION.format(asked.audience),
        **said,
    }
    return etree.fromstring(RESPONSE.format(**values))


def _attribute(name: str, value: str) -> str:
    return f' {name}="{value}"' if value else ""


def assertion_of(document: Element) -> Element:
    found = document.find(f"{SAML}Assertion")
    assert found is not None
    return found


def sign(
    element: Element,
    key: SigningKey | None = None,
    *,
    method: Any = xmlsec.constants.TransformRsaSha256,
    digest: Any = xmlsec.constants.TransformSha256,
    transforms: tuple[Any, ...] = (
        xmlsec.constants.TransformEnveloped,
        xmlsec.constants.TransformExclC14N,
    ),
) -> Element:
    """Sign an element in place, behind its Issuer; gives the signature."""
    chosen = key or signing_key()
    signature = xmlsec.template.create(element, xmlsec.constants.TransformExclC14N, method, ns="ds")
    element.insert(1, signature)
    reference = xmlsec.template.add_reference(signature, digest, uri=f"#{element.get('ID')}")
    for transform in transforms:
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(chosen.private_pem, xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(chosen.certificate_pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return signature


def encrypt(
    document: Element,
    certificate: str,
    *,
    transport: Any = xmlsec.constants.TransformRsaOaep,
    cipher: Any = xmlsec.constants.TransformAes256Gcm,
    kind: Any = xmlsec.constants.KeyDataAes,
    bits: int = 256,
) -> None:
    """Encrypt the assertion to a certificate (base64 of DER), in place."""
    wrapper = etree.SubElement(document, f"{SAML}EncryptedAssertion")
    _encrypt(assertion_of(document), wrapper, certificate, transport, cipher, kind, bits)


def encrypt_name(message: Element, certificate: str, **ways: Any) -> None:
    """The same for the NameID of a LogoutRequest."""
    name = message.find(f"{SAML}NameID")
    wrapper = etree.Element(f"{SAML}EncryptedID")
    name.addprevious(wrapper)
    chosen = {
        "transport": xmlsec.constants.TransformRsaOaep,
        "cipher": xmlsec.constants.TransformAes256Gcm,
        "kind": xmlsec.constants.KeyDataAes,
        "bits": 256,
        **ways,
    }
    _encrypt(name, wrapper, certificate, **chosen)


def _encrypt(
    element: Element,
    wrapper: Element,
    certificate: str,
    transport: Any,
    cipher: Any,
    kind: Any,
    bits: int,
) -> None:
    wrapper.append(element)
    manager = xmlsec.KeysManager()
    pem = SigningKey("", certificate).certificate_pem
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem))
    data = xmlsec.template.encrypted_data_create(
        wrapper, cipher, type=xmlsec.constants.TypeEncElement, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    encrypted_key = xmlsec.template.add_encrypted_key(info, transport)
    xmlsec.template.encrypted_data_ensure_cipher_value(encrypted_key)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(kind, bits, xmlsec.constants.KeyDataTypeSession)
    context.encrypt_xml(data, element)


def packed(document: Element | bytes) -> str:
    """As the parameter SAMLResponse."""
    octets = document if isinstance(document, bytes) else etree.tostring(document)
    return base64.b64encode(octets).decode()
