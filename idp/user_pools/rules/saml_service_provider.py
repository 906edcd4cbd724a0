"""What a pool is to SAML identity providers, and what it says of itself in its metadata."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

_KEY = (
    '<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}'
    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
)
_METHODS = "".join(
    f'<md:EncryptionMethod Algorithm="http://www.w3.org/{name}"/>'
    for name in (
        "2009/xmlenc11#aes256-gcm",
        "2009/xmlenc11#aes128-gcm",
        "2001/04/xmlenc#rsa-oaep-mgf1p",
    )
)
"""What assertions may be encrypted with."""
_METADATA = """\
<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" \
xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID={entity_id}>
<md:SPSSODescriptor AuthnRequestsSigned="{signs}" \
protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
{keys}
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" \
Location={logout}/>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" \
Location={logout}/>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" \
Location={location} index="0" isDefault="true"/>
</md:SPSSODescriptor>
</md:EntityDescriptor>
"""


def entity_id(pool_id: str) -> str:
    """A pool's name as a service provider, as Amazon Cognito's."""
    return f"urn:amazon:cognito:sp:{pool_id}"


def metadata(
    pool_id: str,
    answer_address: str,
    logout_address: str,
    encryption_certificate: str,
    signing_certificate: str,
    *,
    signs_requests: bool,
) -> str:
    """SAML 2.0 Metadata §2.4.4. Certificates are base64 of DER. Sign-out messages are signed in any
    case, requests to sign in where that is said."""
    keys = _KEY.format(use="signing", certificate=signing_certificate, methods="")
    keys += _KEY.format(use="encryption", certificate=encryption_certificate, methods=_METHODS)
    return _METADATA.format(
        entity_id=quoteattr(entity_id(pool_id)),
        signs=str(signs_requests).lower(),
        keys=keys,
        location=quoteattr(answer_address),
        logout=quoteattr(logout_address),
    )
