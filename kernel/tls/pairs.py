"""A certificate and its private key: what it covers, whether it serves, and how OpenSSL gets it."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MOST_CERTIFICATES = 10
LEAST_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
PLACEHOLDER_LIFETIME = timedelta(days=365)


class BadPair(ValueError):
    """A certificate or key that cannot serve: the rest of a sentence that begins with its name."""


class Pair(NamedTuple):
    """PEM: the certificate and those that signed it, and its key without a passphrase."""

    chain: str
    private_key: bytes


def read(chain: bytes, private_key: bytes) -> tuple[Pair, x509.Certificate]:
    """The pair out of two PEM texts, and its certificate. Raises `BadPair`."""
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise BadPair("must hold certificates in PEM") from None
    if len(certificates) > MOST_CERTIFICATES:
        raise BadPair(f"holds more than {MOST_CERTIFICATES} certificates")
    key = read_key(private_key)
    if certificates[0].public_key() != key.public_key():
        raise BadPair("does not belong to its private key")
    return Pair(pem(certificates), key_pem(key)), certificates[0]


def read_key(text: bytes) -> PrivateKey:
    """Raises `BadPair`."""
    problem = "needs a key in PEM, RSA of 2,048 bits or more or EC P-256 to P-521, not encrypted"
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadPair(problem) from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    raise BadPair(problem)


def pem(certificates: list[x509.Certificate]) -> str:
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def require_usable(certificate: x509.Certificate, name: str, now: datetime) -> None:
    """Refuse a certificate that does not serve `name` now. Raises `BadPair`."""
    if certificate.not_valid_after_utc <= now:
        raise BadPair("has expired")
    if certificate.not_valid_before_utc > now:
        raise BadPair("is not valid yet")
    if not covers(names_of(certificate), name):
        raise BadPair(f"does not cover {name}")


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The host names in the subject alternative names, which alone count (RFC 9525 §6.3)."""
    with suppress(x509.ExtensionNotFound, ValueError):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return frozenset(name.lower() for name in found.value.get_values_for_type(x509.DNSName))
    return frozenset()


def covers(names: frozenset[str], name: str) -> bool:
    """Whether the names hold `name` or the wildcard above it. A wildcard stands for one label, the
    left-most (RFC 9525 §6.3), so that `*.example.com` as a name is covered by itself alone."""
    return name in names or f"*.{name.partition('.')[2]}" in names


def load_into(context: ssl.SSLContext, pair: Pair) -> None:
    """Give a context its certificate. OpenSSL's interface in Python takes files: this one is in
    memory alone, so that no key that is sealed at rest comes to a disk. Raises `BadPair`."""
    handle = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(handle, pair.private_key + pair.chain.encode())
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    except ssl.SSLError:
        raise BadPair("is not one that OpenSSL serves") from None
    finally:
        os.close(handle)


def placeholder(host: str, now: datetime) -> Pair:
    """A certificate that signed itself: for names that have no other one yet. No client trusts it,
    but a handshake without any would tell him less."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + PLACEHOLDER_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(pem([certificate]), key_pem(key))
