"""Every column that holds sealed values, for checking and for rotating the sealing key.

A value's purpose names its row, so a value cannot be moved to another row; what the purpose is
called belongs to the code that seals, and is repeated here. A test keeps the list complete.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from federation.saml_idp import keys as saml_idp_keys
from gateway.control.account import acme_parts, client_certificates, domains, key_values
from gateway.control.account.models import AccountPart, ApiKey, Domain
from idp.models import PoolDocument
from idp.models.factors import Device, SoftwareToken
from idp.models.pools import ClientSecret, PoolSigningKey
from idp.models.users import User
from idp.user_pools.services import (
    documents,
    identity_providers,
    saml_certificates,
    user_directories,
)
from kernel.database import Base
from kernel.iam.models import AccessKey
from kernel.sealing import Sealer

BATCH = 500


@dataclass(frozen=True)
class SealedColumn:
    """Where sealed values are, and for which purpose, given the row's `key`, which no other row
    has: the primary key, or the part of it that is random."""

    model: type[Base]
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[str]
    purpose: Callable[[str], str]

    def page(self, session: Session, after: str, limit: int) -> list[tuple[str, bytes]]:
        """Keys and sealed values of rows beyond `after`, in the keys' order."""
        statement = (
            select(self.key, self.column)
            .where(self.key > after, self.column.is_not(None))
            .order_by(self.key)
            .limit(limit)
        )
        return [(key, value) for key, value in session.execute(statement)]

    def replace(self, session: Session, key: str, value: bytes) -> None:
        session.execute(update(self.model).where(self.key == key).values({self.column.key: value}))

    @property
    def name(self) -> str:
        return f"{self.model.__tablename__}.{self.column.key}"


@dataclass(frozen=True)
class SealedDocuments:
    """Documents of one kind, each of which has a sealed value among its members."""

    kind: str

    def page(self, session: Session, after: str, limit: int) -> list[tuple[str, bytes]]:
        """As of a column; a key is that of the pool and that of the document."""
        place = (PoolDocument.pool_id, PoolDocument.key)
        statement = select(*place, PoolDocument.document).where(PoolDocument.kind == self.kind)
        if after:
            statement = statement.where(tuple_(*place) > tuple_(*after.split("\n")))
        return [
            (f"{pool_id}\n{key}", base64.b64decode(document[documents.SEALED]))
            for pool_id, key, document in session.execute(statement.order_by(*place).limit(limit))
        ]

    def purpose(self, key: str) -> str:
        pool_id, name = key.split("\n")
        return documents.purpose(pool_id, self.kind, name)

    def replace(self, session: Session, key: str, value: bytes) -> None:
        pool_id, name = key.split("\n")
        row = session.get_one(PoolDocument, (pool_id, self.kind, name))
        row.document = {**row.document, documents.SEALED: base64.b64encode(value).decode()}

    @property
    def name(self) -> str:
        return f"{PoolDocument.__tablename__}.{self.kind}"


def _prefixed(prefix: str) -> Callable[[str], str]:
    return lambda key: f"{prefix}:{key}"


def _named(kind: str) -> Callable[[str], str]:
    return lambda key: f"{kind} {key}"


def _purpose_of_part(key: str) -> str:
    if key.startswith((acme_parts.ACME_ACCOUNT, acme_parts.ACME_CERTIFICATE)):
        return acme_parts.purpose(key)
    return f"{client_certificates.PURPOSE} {key}"


COLUMNS = (
    SealedColumn(AccessKey, AccessKey.sealed_secret, AccessKey.id, _prefixed("access-key")),
    SealedColumn(
        AccessKey, AccessKey.sealed_session_token, AccessKey.id, _prefixed("session-token")
    ),
    SealedColumn(User, User.sealed_verifier, User.id, _prefixed("srp-verifier")),
    SealedColumn(User, User.sealed_password_history, User.id, _prefixed("password-history")),
    SealedColumn(ClientSecret, ClientSecret.sealed, ClientSecret.id, _prefixed("client-secret")),
    SealedColumn(
        PoolSigningKey,
        PoolSigningKey.sealed_private_key,
        PoolSigningKey.kid,
        _prefixed("signing-key"),
    ),
    SealedColumn(
        SoftwareToken,
        SoftwareToken.sealed_secret,
        SoftwareToken.user_id,
        _prefixed("software-token"),
    ),
    SealedColumn(
        SoftwareToken,
        SoftwareToken.sealed_pending,
        SoftwareToken.user_id,
        _prefixed("software-token"),
    ),
    SealedColumn(Device, Device.sealed_verifier, Device.device_key, _prefixed("device-verifier")),
    SealedColumn(ApiKey, ApiKey.sealed, ApiKey.id, _named(key_values.PURPOSE)),
    SealedColumn(Domain, Domain.sealed, Domain.name, _named(domains.PURPOSE)),
    SealedColumn(AccountPart, AccountPart.sealed, AccountPart.id, _purpose_of_part),
)

DOCUMENTS = (
    SealedDocuments(identity_providers.KIND),
    SealedDocuments(saml_certificates.KIND),
    SealedDocuments(user_directories.KIND),
    SealedDocuments(saml_idp_keys.KIND),
)
EVERYTHING: tuple[SealedColumn | SealedDocuments, ...] = (*COLUMNS, *DOCUMENTS)


def check_sample(session: Session, sealer: Sealer, size: int) -> Iterator[str]:
    """Open the first `size` values of each column; names of columns with one that does not open.

    Values are opened and thrown away.
    """
    for column in EVERYTHING:
        for key, value in column.page(session, "", size):
            if not _opens(sealer, value, column.purpose(key)):
                yield column.name
                break


def reseal_batch(
    session: Session, sealer: Sealer, column: SealedColumn | SealedDocuments, after: str
) -> tuple[int, str | None]:
    """Seal one batch under the newest key: how many changed, and where the next batch begins.

    Raises `Unsealable` for a value that no key opens.
    """
    newest = max(sealer.keys)
    page = column.page(session, after, BATCH)
    changed = 0
    for key, value in page:
        if value[0] != newest:
            purpose = column.purpose(key)
            column.replace(session, key, sealer.seal(sealer.open(value, purpose), purpose))
            changed += 1
    return changed, page[-1][0] if len(page) == BATCH else None


def _opens(sealer: Sealer, value: bytes, purpose: str) -> bool:
    try:
        sealer.open(value, purpose)
    except ValueError:
        return False
    return True
