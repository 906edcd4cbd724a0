"""Identity providers for tests, by type, and a SAML metadata document."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from idp.user_pools.services import saml_certificates
from kernel.clock import Clock

GOOGLE = {
    "client_id": "1example.apps.googleusercontent.com",
    "client_secret": "google-client-secret-1",
    "authorize_scopes": "email profile openid",
}
FACEBOOK = {
    "client_id": "1example",
    "client_secret": "facebook-client-secret-1",
    "authorize_scopes": "public_profile, email",
}
AMAZON = {
    "client_id": "amzn1.application-oa2-client.1",
    "client_secret": "amazon-client-secret-1",
    "authorize_scopes": "profile postal_code",
}
APPLE = {
    "client_id": "com.example",
    "team_id": "3EXAMPLE",
    "key_id": "2EXAMPLE",
    "private_key": "apple-private-key-1",
    "authorize_scopes": "email name",
}
OIDC = {
    "client_id": "1example23456789",
    "client_secret": "oidc-client-secret-1",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://auth.example.com",
    "authorize_scopes": "openid profile email",
}
SAML_BY_URL = {"MetadataURL": "https://auth.example.com/sso/saml/metadata"}

METADATA = """<?xml version="1.0" encoding="UTF-16"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
    xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://auth.example.com/saml">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
      <ds:X509Certificate>{certificate}</ds:X509Certificate>
    </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="https://auth.example.com/slo/saml"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="https://auth.example.com/sso/saml"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"""


@cache
def certificate() -> str:
    return saml_certificates.make("idp.example.com", Clock().now()).certificate


def metadata() -> str:
    return METADATA.replace("{certificate}", certificate())


def read_certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))


def public_bytes(found: x509.Certificate) -> bytes:
    return found.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def create(pool: Any, kind: str, details: dict[str, str], name: str = "", **more: Any) -> Any:
    return pool.call(
        "create_identity_provider",
        ProviderName=name or kind,
        ProviderType=kind,
        ProviderDetails=details,
        **more,
    )["IdentityProvider"]
