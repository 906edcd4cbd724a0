"""Encrypting what goes to an application (SAML 2.0 Core §6)."""

# lxml and xmlsec are untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import Any

import xmlsec
from lxml import etree

from federation.saml.names import ENCRYPTED_ASSERTION, SAML
from idp.user_pools.rules import saml_keys

AES_BITS = 256

Element = Any


def encrypted(assertion: Element, certificate: str) -> Element:
    """An EncryptedAssertion (Core §2.3.4): by AES-256-GCM, and its key by RSA-OAEP to the
    certificate, which is base64 of DER."""
    wrapper = etree.Element(ENCRYPTED_ASSERTION, nsmap={"saml": SAML})
    manager = xmlsec.KeysManager()
    format_ = xmlsec.constants.KeyDataFormatCertPem
    manager.add_key(xmlsec.Key.from_memory(saml_keys.pem(certificate), format_))
    data = xmlsec.template.encrypted_data_create(
        wrapper,
        xmlsec.constants.TransformAes256Gcm,
        type=xmlsec.constants.TypeEncElement,
        ns="xenc",
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    key = xmlsec.template.add_encrypted_key(info, xmlsec.constants.TransformRsaOaep)
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(
        xmlsec.constants.KeyDataAes, AES_BITS, xmlsec.constants.KeyDataTypeSession
    )
    # As a document of its own, with every namespace that it uses: some read it so.
    context.encrypt_binary(data, etree.tostring(assertion))
    wrapper.append(data)
    return wrapper
