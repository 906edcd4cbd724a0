"""Messages of single logout, as an identity provider would make them, or somebody else."""

from __future__ import annotations

import base64
import secrets
import zlib
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from tests.attacks.saml.identity_provider import (
    ENTITY_ID,
    SLO,
    SigningKey,
    moment,
    sign,
    signing_key,
)

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SERVICE = '<md:SingleLogoutService Binding="{}" Location={}{}/>'
BY_REDIRECT, BY_POST = (SERVICE.format(each, quoteattr(SLO), "") for each in (REDIRECT, POST))

Element = Any

REQUEST = """<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0"
 IssueInstant="{issued}" Destination="{destination}"{ends}><saml:Issuer>{issuer}</saml:Issuer>
<saml:NameID{qualifier}>{name_id}</saml:NameID>{indexes}</samlp:LogoutRequest>"""
RESPONSE = """<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0"
 IssueInstant="{issued}" Destination="{destination}" InResponseTo="{response_to}">
<saml:Issuer>{issuer}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
</samlp:LogoutResponse>"""


def request(here: str, *indexes: str, **said: str) -> Element:
    """An unsigned request to end Ada's sessions, or those of that index, honest but for what is
    said."""
    named = "".join(f"<samlp:SessionIndex>{each}</samlp:SessionIndex>" for each in indexes)
    values = {
        "id": f"_q{secrets.token_hex(16)}",
        "issued": moment(0),
        "destination": here,
        "issuer": ENTITY_ID,
        "name_id": "ada",
        "qualifier": "",
        "ends": "",
        "indexes": named,
        **said,
    }
    return etree.fromstring(REQUEST.format(**values))


def response(here: str, response_to: str, **said: str) -> Element:
    values = {
        "id": f"_r{secrets.token_hex(16)}",
        "issued": moment(0),
        "destination": here,
        "issuer": ENTITY_ID,
        "response_to": response_to,
        "status": "Success",
        **said,
    }
    return etree.fromstring(RESPONSE.format(**values))


def parameter_of(message: Element) -> str:
    return "SAMLRequest" if message.tag.endswith("LogoutRequest") else "SAMLResponse"


def query(
    message: Element,
    relay_state: str | None = None,
    key: SigningKey | None = None,
    algorithm: str = RSA_SHA256,
) -> str:
    """Signed, in the order of Bindings §3.4.4.1."""
    unsigned = plain_query(message, relay_state) + f"&SigAlg={quote_plus(algorithm)}"
    return f"{unsigned}&Signature={quote_plus(signature(unsigned, key))}"


def plain_query(message: Element, relay_state: str | None = None) -> str:
    packed = base64.b64encode(zlib.compress(etree.tostring(message), 9)[2:-4]).decode()
    found = f"{parameter_of(message)}={quote_plus(packed)}"
    return found if relay_state is None else f"{found}&RelayState={quote_plus(relay_state)}"


def signature(text: str, key: SigningKey | None = None) -> str:
    pem = (key or signing_key()).private_pem.encode()
    private: Any = serialization.load_pem_private_key(pem, None)
    made = private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(made).decode()


def form(
    message: Element, relay_state: str | None = None, key: SigningKey | None = None
) -> dict[str, str]:
    """With an enveloped signature."""
    sign(message, key)
    return plain_form(message, relay_state)


def plain_form(message: Element, relay_state: str | None = None) -> dict[str, str]:
    found = {parameter_of(message): base64.b64encode(etree.tostring(message)).decode()}
    return found if relay_state is None else {**found, "RelayState": relay_state}


def inflated(value: str) -> Element:
    """What a parameter of an address holds."""
    return etree.fromstring(zlib.decompress(base64.b64decode(value), -15))
