"""Trust stores of mutual TLS: the authorities that clients' certificates must come from.

`s3://BUCKET/KEY` is the file INSTANCE/truststores/BUCKET/KEY, and a version of it KEY@VERSION; for
another account than the operator's own INSTANCE/truststores/@ACCOUNT/BUCKET/KEY, so that none names
another one's: no bucket begins so. It is read when a domain is made or changed, and kept in the
database, so that every worker and node verifies by the same one: "To update the truststore, upload
a new version to S3, and then update your custom domain name" (MutualTlsAuthentication).
"""

from __future__ import annotations

import hashlib
import re
import ssl
import warnings
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.control.account.models import AccountPart, Domain
from gateway.control.errors import Invalid
from kernel.tls.context import new_context

FOLDER = "truststores"
KIND = "trust-store"
MOST_BYTES = 1_048_576
MOST_CERTIFICATES = 1000
MOST_WARNINGS = 20
# "s3://", a bucket by S3's rules, and a key without parts that lead elsewhere.
_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,62})/([^\x00-\x20\x7f\\@]{1,1024})")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----")


class TrustStore(NamedTuple):
    """Certificates in PEM, and what is wrong with some that were left out or will not serve."""

    certificates: str
    digest: str
    warnings: tuple[str, ...]


def read(
    instance: Path, uri: str, version: str, now: datetime, account: str = ""
) -> TrustStore | None:
    """What a URI names for an account, the operator's own being empty; None where there is
    nothing. Raises `Invalid`."""
    folder = instance / FOLDER
    path = _path(folder / f"@{account}" if account else folder, uri, version)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        return None
    if len(content) > MOST_BYTES:
        raise Invalid(f"A trust store has at most {MOST_BYTES} bytes")
    return parse(content, now)


def require_place(uri: str, version: str) -> None:
    """Refuse what can name no trust store. Raises `Invalid`."""
    _path(Path(FOLDER), uri, version)


def parse(content: bytes, now: datetime) -> TrustStore:
    """The trust store that a file holds. Raises `Invalid` where not one certificate is usable."""
    blocks = _BLOCK.findall(content)
    if len(blocks) > MOST_CERTIFICATES:
        raise Invalid(f"A trust store has at most {MOST_CERTIFICATES} certificates")
    kept: dict[str, None] = {}
    told: list[str] = []
    for number, block in enumerate(blocks, 1):
        try:
            text, complaint = _read(block, now)
        except ValueError:
            told.append(f"Certificate {number} cannot be read")
            continue
        if text in kept:
            complaint = "is there twice"
        if complaint:
            told.append(f"Certificate {number} {complaint}")
        kept[text] = None
    if not kept:
        raise Invalid("The trust store holds no certificate in PEM")
    certificates = "".join(kept)
    try:
        new_context(authorities=certificates)
    except ssl.SSLError:
        raise Invalid("The trust store holds certificates that TLS cannot use") from None
    digest = hashlib.sha256(certificates.encode()).hexdigest()
    return TrustStore(certificates, digest, tuple(told[:MOST_WARNINGS]))


def _read(block: bytes, now: datetime) -> tuple[str, str]:
    """A certificate in one spelling, and what keeps it from vouching for anybody."""
    with warnings.catch_warnings():
        # Serial numbers that RFC 5280 forbids, say: whose authority it is answers for it.
        warnings.simplefilter("ignore")
        certificate = x509.load_pem_x509_certificate(block)
    complaint = ""
    if certificate.not_valid_after_utc <= now:
        complaint = "has expired"
    elif certificate.not_valid_before_utc > now:
        complaint = "is not valid yet"
    elif not _is_authority(certificate):
        complaint = "is not that of a certificate authority"
    return certificate.public_bytes(Encoding.PEM).decode(), complaint


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def keep(session: Session, domain: Domain, store: TrustStore) -> None:
    """Let a domain's clients be verified by this one from now on."""
    row = session.get(AccountPart, _key(domain))
    if row is None:
        account, region, kind, row_id = _key(domain)
        row = AccountPart(
            account=account, region=region, kind=kind, id=row_id, created=domain.created
        )
        session.add(row)
    row.document = {"Certificates": store.certificates, "Digest": store.digest}


def forget(session: Session, name: str) -> None:
    """Delete the trust store of a domain, if it has one."""
    session.execute(
        delete(AccountPart).where(AccountPart.kind == KIND, AccountPart.id == _id(name))
    )


def load(session: Session, name: str, digest: str) -> str | None:
    """The certificates of a domain's trust store; None where it is not the one meant."""
    document = session.scalar(
        select(AccountPart.document).where(AccountPart.kind == KIND, AccountPart.id == _id(name))
    )
    if document is None or document["Digest"] != digest:
        return None
    return str(document["Certificates"])


def _path(folder: Path, uri: str, version: str) -> Path:
    found = _URI.fullmatch(uri)
    if not found:
        raise Invalid(
            "TruststoreUri must have the form s3://BUCKET/KEY, the bucket with 2 to 63 lower-case "
            "letters, digits, dots and dashes"
        )
    parts = [found[1], *found[2].split("/")]
    if any(not part or part.startswith(".") or len(part) > 200 for part in parts):
        raise Invalid("TruststoreUri must name a key of segments that do not begin with a dot")
    if version and not _VERSION.fullmatch(version):
        raise Invalid("TruststoreVersion must have from 1 to 64 letters, digits, dots or dashes")
    if version:
        parts[-1] = f"{parts[-1]}@{version}"
    return folder.joinpath(*parts)


def _key(domain: Domain) -> tuple[str, str, str, str]:
    return domain.account, domain.region, KIND, _id(domain.name)


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
