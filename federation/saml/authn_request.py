"""What a person is sent to a SAML provider with (SAML 2.0 Core §3.4.1, Bindings §3.4)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from federation.saml import redirect_binding, times
from federation.saml.names import POST_BINDING, PROTOCOL, SAML


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
                "IssueInstant": times.written(self.issued),
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
    """The address that takes the request along, signed where there is a key in PEM."""
    destination, name = request.destination, redirect_binding.REQUEST
    return redirect_binding.location(destination, name, request.xml(), relay_state, private_key)
