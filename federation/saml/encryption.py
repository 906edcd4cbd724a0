"""Which encrypted assertions and names are decrypted at all: RSA-OAEP with AES-GCM.

RSA-1.5 and CBC make an oracle of whoever decrypts them (Jager and Somorovsky, "How To Break XML
Encryption"; Bleichenbacher). They are refused by what the message says of itself, before a key
is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import xmlsec
from lxml import etree

from federation.saml.names import (
    DSIG,
    ENCRYPTED_ASSERTION,
    ENCRYPTED_ID,
    LOGOUT_REQUEST,
    NAME_ID,
    XENC,
    elements,
)
from idp.user_pools.services.upstream import UpstreamFailed

_XENC11 = "http://www.w3.org/2009/xmlenc11#"
KEY_TRANSPORT = frozenset({f"{XENC}rsa-oaep-mgf1p", f"{_XENC11}rsa-oaep"})
CIPHERS = frozenset(f"{_XENC11}aes{bits}-gcm" for bits in (128, 192, 256))
_HERE = re.compile(r"#[\w.-]+")

Element = Any


def check_encryption(document: Element) -> None:
    """Raises `UpstreamFailed` for what is encrypted in another way, or elsewhere."""
    wrapper = ENCRYPTED_ID if document.tag == LOGOUT_REQUEST else ENCRYPTED_ASSERTION
    names = (_xenc("EncryptedKey"), _xenc("EncryptedData"), wrapper)
    keys, texts, wrappers = (elements(document, name) for name in names)
    if not (keys or texts or wrappers):
        return
    is_one = len(keys) == len(texts) == len(wrappers) == 1
    # A CipherReference or a RetrievalMethod would have something fetched.
    fetches = elements(document, _xenc("CipherReference")) or any(
        not _HERE.fullmatch(element.get("URI", ""))
        for element in elements(document, f"{{{DSIG}}}RetrievalMethod")
    )
    if (
        not is_one
        or fetches
        or wrappers[0].getparent() is not document
        or texts[0].getparent() is not wrappers[0]
        or _method(keys[0]) not in KEY_TRANSPORT
        or _method(texts[0]) not in CIPHERS
    ):
        raise UpstreamFailed("The message is encrypted in a way that is not accepted.")


def open_name_id(document: Element, private_keys: Iterable[str]) -> None:
    """Put the NameID of a LogoutRequest that has been checked in place of its EncryptedID, where it
    has one. The keys are in PEM. Raises `UpstreamFailed`."""
    wrapper = document.find(ENCRYPTED_ID)
    if wrapper is None:
        return
    xmlsec.tree.add_ids(document, ["Id"])  # the key may stand beside, and be referred to
    for private_key in private_keys:
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_memory(private_key, xmlsec.constants.KeyDataFormatPem))
        with suppress(xmlsec.Error, etree.LxmlError):
            # Decrypted in place, so what cannot be read is left as it was.
            xmlsec.EncryptionContext(manager).decrypt(wrapper.find(_xenc("EncryptedData")))
            break
    inside = [each for each in wrapper if each.tag != _xenc("EncryptedKey")]
    if len(inside) != 1 or inside[0].tag != NAME_ID:
        raise UpstreamFailed("The name in the LogoutRequest cannot be decrypted.")
    wrapper.getparent().replace(wrapper, inside[0])


def _method(element: Element) -> str | None:
    methods = [child for child in element if child.tag == _xenc("EncryptionMethod")]
    found: str | None = methods[0].get("Algorithm") if len(methods) == 1 else None
    return found


def _xenc(name: str) -> str:
    return f"{{{XENC}}}{name}"
