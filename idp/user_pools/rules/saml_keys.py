"""Certificates as SAML writes them: base64 of DER (SAML 2.0 Metadata §2.4.1.1)."""

from __future__ import annotations

import base64

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

FEWEST_RSA_BITS = 2048


def certificate(text: str) -> x509.Certificate:
    """Raises `ValueError`."""
    try:
        return x509.load_der_x509_certificate(
            base64.b64decode("".join(text.split()), validate=True)
        )
    except Exception:  # whatever the parser finds in a stranger's octets
        raise ValueError("no certificate") from None


def pem(text: str) -> bytes:
    """Raises `ValueError`."""
    return certificate(text).public_bytes(serialization.Encoding.PEM)


def public_key(text: str) -> CertificatePublicKeyTypes | None:
    """None where it is of a kind that is not known here. Raises `ValueError`."""
    found = certificate(text)
    try:
        return found.public_key()
    except Exception:  # as above
        return None


def is_strong(text: str) -> bool:
    """Whether the key is long enough for a new trust: RSA with `FEWEST_RSA_BITS`, or EC. Raises
    `ValueError`."""
    key = public_key(text)
    is_long = isinstance(key, rsa.RSAPublicKey) and key.key_size >= FEWEST_RSA_BITS
    return is_long or isinstance(key, ec.EllipticCurvePublicKey)
