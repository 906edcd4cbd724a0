"""What a person is sent to a SAML provider with (SAML 2.0 Core §3.4.1, Bindings §3.4)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from federation.saml.names import POST_BINDING, PROTOCOL, RSA_SHA256, SAML


@dataclass(frozen=True)
class AuthnRequest:
    """A request for an assertion, to come to `answer_address` by the POST binding.

    `prompt` is OpenID Connect's: `login` asks to authenticate anew, `none` to ask nothing.
    """

    id: str
    issued: datetime
    destination: str
    entity_id: str
    answer_address: str
    prompt: str = ""
    max_age: str = ""

    @property
    def is_forced(self) -> bool:
        """SAML has no greatest age: who asks for one gets a fresh proof."""
        return "login" in self.prompt.split() or bool(self.max_age)

    def xml(self) -> bytes:
        root = etree.Element(
            f"{{{PROTOCOL}}}AuthnRequest",
            {
                "ID": self.id,
                "Version": "2.0",
                "IssueInstant": self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Destination": self.destination,
                "AssertionConsumerServiceURL": self.answer_address,
                "ProtocolBinding": POST_BINDING,
                **({"ForceAuthn": "true"} if self.is_forced else {}),
                **({"IsPassive": "true"} if self.prompt == "none" else {}),
            },
            nsmap={"samlp": PROTOCOL, "saml": SAML},
        )
        etree.SubElement(root, f"{{{SAML}}}Issuer").text = self.entity_id
        octets: bytes = etree.tostring(root)
        return octets


def location(request: AuthnRequest, relay_state: str, private_key: str | None) -> str:
    """The address that takes the request along (§3.4.4.1), signed where there is a key in PEM."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(request.xml()) + packer.flush()
    parameters = {"SAMLRequest": base64.b64encode(packed).decode(), "RelayState": relay_state}
    if private_key is not None:
        parameters["SigAlg"] = RSA_SHA256
    query = urlencode(parameters)
    if private_key is not None:
        query += "&" + urlencode({"Signature": _signature(private_key, query)})
    return f"{request.destination}{'&' if '?' in request.destination else '?'}{query}"


def _signature(private_key: str, query: str) -> str:
    """Over the query as it is sent, as §3.4.4.1 says."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - `saml_certificates` makes no other
    made = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(made).decode()
