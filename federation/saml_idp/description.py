"""What a pool says of itself as a SAML identity provider (SAML 2.0 Metadata §2.4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from federation.saml.names import POST_BINDING, REDIRECT_BINDING
from idp.oauth.endpoints import logout
from kernel.settings import Settings

PATH = "/saml2/idp"
BINDINGS = (REDIRECT_BINDING, POST_BINDING)
METADATA, SIGN_ON, LOGOUT, START, SIGNED_OUT = "metadata", "sso", "slo", "start", "signed-out"
SIGNED_OUT_PAGE = logout.DONE
CACHED = "PT1H"
"""How long an application may use the metadata: less than a new certificate waits for its turn."""
_KEY = (
    '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}'
    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
)
_DOCUMENT = """\
<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" \
xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID={entity_id} cacheDuration="{cached}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
{parts}
</md:IDPSSODescriptor>
</md:EntityDescriptor>
"""


def path(pool_id: str, place: str) -> str:
    return f"{PATH}/{pool_id}/{place}"


def entity_id(settings: Settings, pool_id: str) -> str:
    """The pool's name, which is the same under every host that it has: where its metadata is at the
    server's own origin (§4.1)."""
    return settings.origin + path(pool_id, METADATA)


def metadata(name: str, origin: str, pool_id: str, certificates: Sequence[str]) -> str:
    """`origin` is that of the pool's pages which the person is to be sent to. Certificates are
    base64 of DER; the first one's key signs. No NameIDFormat is listed: which one there is depends
    on the application."""
    sign_on, logout = (quoteattr(origin + path(pool_id, each)) for each in (SIGN_ON, LOGOUT))
    parts = [_KEY.format(certificate) for certificate in certificates]
    parts += [
        f'<md:SingleLogoutService Binding="{binding}" Location={logout}/>' for binding in BINDINGS
    ]
    parts += [
        f'<md:SingleSignOnService Binding="{binding}" Location={sign_on}/>' for binding in BINDINGS
    ]
    return _DOCUMENT.format(entity_id=quoteattr(name), cached=CACHED, parts="\n".join(parts))
