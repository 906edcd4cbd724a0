"""Keys and self-signed certificates with which a pool speaks SAML.

One signs the pool's requests: made when it is asked for first, and kept. Each SAML provider has
another, to which it may encrypt its responses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from idp.models import UserPool
from idp.user_pools.services import documents, pools
from kernel.aws.operations import Call
from kernel.runtime import Kernel
from kernel.threads import compute
from kernel.tokens.algorithms import KEY_BITS, PUBLIC_EXPONENT

KIND = "saml_signing"
KEY = "current"
VALID = timedelta(days=3650)
"""GetSigningCertificate: "Issued certificates are valid for 10 years from the date of issue"."""


@dataclass(frozen=True)
class Certified:
    """A private key in PEM (PKCS #8), and its certificate as base64 of DER."""

    private_key: str = field(repr=False)
    certificate: str


def make(common_name: str, now: datetime) -> Certified:
    """A new RSA key and its certificate; takes about 100 ms, so this is for `compute`."""
    key = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + VALID)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    lines = certificate.public_bytes(serialization.Encoding.PEM).decode().splitlines()
    return Certified(pem.decode(), "".join(lines[1:-1]))


def signing_certificate(call: Call, pool_id: str) -> str:
    """The pool's signing certificate, base64 of DER. Raises `PoolNotFound`."""
    pool = call.kernel.database.read(pools.require, call, pool_id)
    return signing(call.kernel, pool.id).certificate


def signing(kernel: Kernel, pool_id: str) -> Certified:
    """What signs the pool's requests."""
    found = kernel.database.read(_present, kernel, pool_id)
    if found is not None:
        return found
    made = compute(make, pool_id, kernel.clock.now())
    return kernel.database.write(_keep, kernel, pool_id, made)


def _present(session: Session, kernel: Kernel, pool_id: str) -> Certified | None:
    row = documents.find(session, pool_id, KIND, KEY)
    if row is None:
        return None
    secrets = documents.open_sealed(kernel.sealer, row)
    return Certified(secrets["private_key"], str(row.document["Certificate"]))


def _keep(session: Session, kernel: Kernel, pool_id: str, made: Certified) -> Certified:
    """Store it, unless somebody else was first: then that one is the pool's."""
    present = _present(session, kernel, pool_id)
    if present is not None:
        return present
    sealed = documents.seal(
        kernel.sealer,
        documents.purpose(pool_id, KIND, KEY),
        {"private_key": made.private_key},
    )
    document = {"Certificate": made.certificate, documents.SEALED: sealed}
    documents.add(session, pool_id, KIND, KEY, document, kernel.clock.now())
    return made


def for_responses(pool: UserPool, provider_name: str, now: datetime) -> Certified:
    """What a SAML provider encrypts its responses to."""
    return compute(make, f"{pool.id} {provider_name}"[:64], now)
