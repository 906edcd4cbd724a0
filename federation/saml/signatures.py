"""Which XML signatures are verified at all: those of the one form that SAML permits.

SAML 2.0 Core §5.4: a signature is enveloped by the element that it signs, refers to that element's
ID, and has the transforms "enveloped signature" and exclusive canonicalization. Whatever else XML
Signature can do (XSLT, XPath, several references, objects) serves attackers alone, and is refused
before anything of it is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import xmlsec

from federation.saml.names import ASSERTION, DSIG, elements
from idp.user_pools.rules import saml_keys
from idp.user_pools.services.upstream import UpstreamFailed

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = frozenset(
    {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    }
)
ENVELOPED = f"{DSIG}enveloped-signature"
SIGNATURE_METHODS = frozenset(
    f"{_MORE}{kind}-sha{bits}" for kind in ("rsa", "ecdsa") for bits in (256, 384, 512)
)
"""SHA-1 is refused, and so is HMAC, of which the certificate would be the key."""
DIGEST_METHODS = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        f"{_MORE}sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
SINGULAR = (
    "SignedInfo",
    "Transforms",
    "Reference",
    "DigestValue",
    "SignatureMethod",
    "DigestMethod",
)
"""What a signature has one of; another one anywhere could be taken for it."""

Element = Any


def check_signatures(document: Element) -> None:
    """Raises `UpstreamFailed` for a signature of another form, or in another place."""
    signatures = elements(document, _ds("Signature"))
    signed = [signature.getparent() for signature in signatures]
    is_in_place = all(
        parent is document or (parent.tag == ASSERTION and parent.getparent() is document)
        for parent in signed
    )
    is_single = all(len(elements(document, _ds(n))) == len(signatures) for n in SINGULAR)
    if not (is_in_place and is_single and all(map(_has_form, signatures))):
        raise UpstreamFailed("The identity provider's signature is of a form that is not accepted.")


def is_signed_by(document: Element, certificates: Iterable[str]) -> bool:
    """Whether the root of a tree that has been checked is signed with the key of one of the
    certificates, base64 of DER. What the signature says of its own key counts for nothing."""
    signature = next((child for child in document if child.tag == _ds("Signature")), None)
    if signature is None:
        return False
    xmlsec.tree.add_ids(document, ["ID"])
    return any(_verifies(signature, certificate) for certificate in certificates)


def _verifies(signature: Element, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    try:
        pem = saml_keys.pem(certificate)
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        context.verify(signature)
    except (xmlsec.Error, ValueError):
        return False
    return True


def _has_form(signature: Element) -> bool:
    children = [child.tag for child in signature]
    if children not in (
        [_ds("SignedInfo"), _ds("SignatureValue")],
        [_ds("SignedInfo"), _ds("SignatureValue"), _ds("KeyInfo")],
    ):
        return False
    info = list(signature[0])
    expected = [_ds("CanonicalizationMethod"), _ds("SignatureMethod"), _ds("Reference")]
    if [child.tag for child in info] != expected:
        return False
    canonicalization, method, reference = info
    return (
        canonicalization.get("Algorithm") in EXCLUSIVE
        and method.get("Algorithm") in SIGNATURE_METHODS
        and len(method) == 0
        and _refers_to(reference, signature.getparent())
    )


def _refers_to(reference: Element, signed: Element) -> bool:
    parts = list(reference)
    if [part.tag for part in parts] != [_ds("Transforms"), _ds("DigestMethod"), _ds("DigestValue")]:
        return False
    transforms = [transform.get("Algorithm") for transform in parts[0]]
    identifier = signed.get("ID")
    return (
        bool(identifier)
        and reference.get("URI") == f"#{identifier}"
        and parts[1].get("Algorithm") in DIGEST_METHODS
        and len(transforms) == 2
        and transforms[0] == ENVELOPED
        and transforms[1] in EXCLUSIVE
    )


def _ds(name: str) -> str:
    return f"{{{DSIG}}}{name}"
