"""Certificates that are uploaded with a domain name: what is kept, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cryptography import x509

from gateway.control.errors import Invalid
from kernel.tls.pairs import (
    MOST_CERTIFICATES,
    BadPair,
    key_pem,
    pem,
    read_key,
    require_usable,
)

MOST_CHARACTERS = 65_536


class Uploaded(NamedTuple):
    """PEM: a certificate, those that signed it, and its key."""

    body: str
    chain: str
    private_key: bytes


def read(body: str, private_key: str, chain: str, name: str, now: datetime) -> Uploaded:
    """A certificate that serves a domain name from now on. Raises `Invalid`."""
    certificates = _certificates("certificateBody", body)
    if len(certificates) != 1:
        raise Invalid("certificateBody must hold one certificate; others belong into the chain")
    above = _certificates("certificateChain", chain) if chain else []
    _require_length("certificatePrivateKey", private_key)
    try:
        key = read_key(private_key.encode())
    except BadPair as error:
        raise Invalid(f"certificatePrivateKey {error}") from None
    if certificates[0].public_key() != key.public_key():
        raise Invalid("certificatePrivateKey is not the key of certificateBody")
    try:
        require_usable(certificates[0], name, now)
    except BadPair as error:
        raise Invalid(f"The certificate {error}") from None
    return Uploaded(pem(certificates), pem(above), key_pem(key))


def _certificates(member: str, text: str) -> list[x509.Certificate]:
    _require_length(member, text)
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Invalid(f"{member} must hold certificates in PEM") from None
    if len(found) > MOST_CERTIFICATES:
        raise Invalid(f"{member} holds more than {MOST_CERTIFICATES} certificates")
    return found


def _require_length(member: str, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"{member} has more than {MOST_CHARACTERS} characters")
