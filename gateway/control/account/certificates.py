"""Certificates that are uploaded with a domain name: what is kept, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.control.errors import Invalid

MOST_CHARACTERS = 65_536
MOST_CERTIFICATES = 10
LEAST_RSA_BITS = 2048
_PEM = serialization.Encoding.PEM
_NO_KEY = "certificatePrivateKey must be an RSA or EC key in PEM, without a passphrase"


class Uploaded(NamedTuple):
    """PEM: a certificate, those that signed it, and its key."""

    body: str
    chain: str
    private_key: bytes


def read(body: str, private_key: str, chain: str, now: datetime) -> Uploaded:
    """A certificate that serves from now on. Raises `Invalid`."""
    certificates = _certificates("certificateBody", body)
    if len(certificates) != 1:
        raise Invalid("certificateBody must hold one certificate; others belong into the chain")
    above = _certificates("certificateChain", chain) if chain else []
    key = _private_key(private_key)
    if certificates[0].public_key() != key.public_key():
        raise Invalid("certificatePrivateKey is not the key of certificateBody")
    if certificates[0].not_valid_after_utc <= now:
        raise Invalid("The certificate has expired")
    return Uploaded(
        body=certificates[0].public_bytes(_PEM).decode(),
        chain="".join(each.public_bytes(_PEM).decode() for each in above),
        private_key=key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _certificates(member: str, text: str) -> list[x509.Certificate]:
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"{member} has more than {MOST_CHARACTERS} characters")
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Invalid(f"{member} must hold certificates in PEM") from None
    if len(found) > MOST_CERTIFICATES:
        raise Invalid(f"{member} holds more than {MOST_CERTIFICATES} certificates")
    return found


def _private_key(text: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if len(text) > MOST_CHARACTERS:
        raise Invalid(_NO_KEY)
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Invalid(_NO_KEY) from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key
    raise Invalid(_NO_KEY)
