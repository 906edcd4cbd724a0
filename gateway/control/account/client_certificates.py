"""Client certificates: what backends know the gateway by ("Generate and configure an SSL
certificate for backend authentication", developer guide)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.finding import find_part, require_room_for_part
from gateway.control.account.models import CLIENT_CERTIFICATE, AccountPart
from gateway.control.errors import Invalid
from gateway.control.models import Api, Stage
from gateway.control.repository import new_id
from gateway.control.rest.patching import Patches, Text
from kernel.aws.operations import Call, Input, Output
from kernel.database import Database
from kernel.sealing import Sealer

LIFETIME = timedelta(days=365)
KEY_BITS = 2048
PATCHES = Patches(Text("/description"))


class Made(NamedTuple):
    """A key and its certificate, in PEM."""

    certificate: bytes
    private_key: bytes


def make(now: datetime) -> Made:
    """A new key with a certificate that it signed itself. Takes a tenth of a second or more."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Poolgate"),
            x509.NameAttribute(NameOID.COMMON_NAME, "ApiGateway"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Made(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


ID_CHARACTERS = 16
"""More than AWS's six: the id alone tells which row a sealed key belongs to."""
PURPOSE = "gateway client certificate"


def store(session: Session, call: Call, request: Input, made: Made, now: datetime) -> AccountPart:
    """Keep a certificate and, sealed, its key. Raises `Exceeded`."""
    most = quotas.CLIENT_CERTIFICATES_PER_ACCOUNT_AND_REGION
    require_room_for_part(session, call, CLIENT_CERTIFICATE, most)
    owner = (call.account, call.region, CLIENT_CERTIFICATE)
    made_id = new_id(
        call.kernel.randomness,
        ID_CHARACTERS,
        lambda each: session.get(AccountPart, (*owner, each)),
    )
    part = AccountPart(
        account=call.account,
        region=call.region,
        kind=CLIENT_CERTIFICATE,
        id=made_id,
        document={
            **{each: request[each] for each in ("description", "tags") if request.get(each)},
            "pemEncodedCertificate": made.certificate.decode(),
            "expirationDate": (now + LIFETIME).isoformat(),
        },
        sealed=call.kernel.sealer.seal(made.private_key, _purpose(made_id)),
        created=now,
    )
    session.add(part)
    return part


def delete(session: Session, call: Call, certificate_id: str) -> None:
    """Raises `Missing`, and `Invalid` while a stage uses the certificate."""
    part = find_part(session, call, CLIENT_CERTIFICATE, certificate_id)
    stages = session.execute(
        select(Stage.api_id, Stage.id)
        .join(Api, Api.id == Stage.api_id)
        .where(
            Api.account == call.account,
            Api.region == call.region,
            Stage.document["clientCertificateId"].as_string() == part.id,
        )
    ).first()
    if stages is not None:
        raise Invalid(
            f"Client certificate {part.id} is used by the stage {stages[1]} of API {stages[0]}"
        )
    session.delete(part)


def require(session: Session, call: Call, wanted: str) -> None:
    """Refuse a certificate that is not there. Raises `Invalid`."""
    if session.get(AccountPart, (call.account, call.region, CLIENT_CERTIFICATE, wanted)) is None:
        raise Invalid("Invalid Client Certificate identifier specified")


def load(session: Session, sealer: Sealer, account: str, region: str, wanted: str) -> Made | None:
    """What a connection to a backend needs; None where there is no such certificate."""
    part = session.get(AccountPart, (account, region, CLIENT_CERTIFICATE, wanted))
    if part is None or part.sealed is None:
        return None
    private_key = sealer.open(part.sealed, _purpose(part.id))
    return Made(part.document["pemEncodedCertificate"].encode(), private_key)


def loading(database: Database, sealer: Sealer) -> Callable[[str], Made | None]:
    """How a pool of connections gets at the certificate of an `account/region/id`."""

    def of(key: str) -> Made | None:
        account, _, rest = key.partition("/")
        region, _, wanted = rest.partition("/")
        return database.read(lambda session: load(session, sealer, account, region, wanted))

    return of


def present(part: AccountPart) -> Output:
    """A certificate as AWS shows it."""
    return {
        **part.document,
        "clientCertificateId": part.id,
        "createdDate": part.created,
        "expirationDate": datetime.fromisoformat(part.document["expirationDate"]),
    }


def _purpose(certificate_id: str) -> str:
    return f"{PURPOSE} {certificate_id}"
