"""Signing what a pool sends by HTTP-POST (SAML 2.0 Core §5.4)."""

# lxml and xmlsec are untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import Any

import xmlsec

from idp.user_pools.rules import saml_keys
from idp.user_pools.services.saml_certificates import Certified

Element = Any


def sign(element: Element, key: Certified) -> None:
    """Sign an element in place, behind its Issuer: RSA-SHA256, exclusive canonicalization."""
    signature = xmlsec.template.create(
        element, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    element.insert(1, signature)
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri=f"#{element.get('ID')}"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key.private_key, xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(
        saml_keys.pem(key.certificate), xmlsec.constants.KeyDataFormatPem
    )
    context.sign(signature)
