"""Names of SAML 2.0, XML Signature and XML Encryption, in lxml's notation."""

from __future__ import annotations

from typing import Any

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"

AUTHN_REQUEST = f"{{{PROTOCOL}}}AuthnRequest"
RESPONSE = f"{{{PROTOCOL}}}Response"
LOGOUT_REQUEST = f"{{{PROTOCOL}}}LogoutRequest"
LOGOUT_RESPONSE = f"{{{PROTOCOL}}}LogoutResponse"
ENTITY_DESCRIPTOR = "{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor"
ASSERTION = f"{{{SAML}}}Assertion"
NAME_ID = f"{{{SAML}}}NameID"
ENCRYPTED_ID = f"{{{SAML}}}EncryptedID"
ENCRYPTED_ASSERTION = f"{{{SAML}}}EncryptedAssertion"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"

REDIRECT_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def elements(document: Any, tag: str) -> list[Any]:
    """All elements of that name, compared as texts: lxml's own search compares pointers, and misses
    elements that the XML security library has put into the tree."""
    return [element for element in document.iter() if element.tag == tag]
