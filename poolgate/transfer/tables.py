"""What belongs to a user pool, table by table, and a row of it as a line of JSON.

Sealed values travel in clear inside of the sealed file, and are sealed anew where they arrive: the
other server has another key. The order is the one in which rows can be inserted; clients and
domains come last but for their refresh families, so that nobody signs in to half a pool.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, LargeBinary, Table, select
from sqlalchemy.orm import DeclarativeBase

from idp import models
from idp.user_pools.services import import_jobs
from kernel.database import UtcDateTime
from kernel.sealing import Sealer

PROGRESS = "pool_import"
"""The kind of the document that says how far an import has come."""

Values = dict[str, Any]
Criterion = Callable[[str], ColumnElement[bool]]


@dataclass(frozen=True)
class PoolTable:
    """A table, and which of its rows are a pool's."""

    model: type[DeclarativeBase]
    is_of: Criterion
    left_out: frozenset[str] = frozenset()
    """Columns that the other database fills."""

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    @property
    def table(self) -> Table:
        table = self.model.__table__
        if not isinstance(table, Table):
            raise TypeError(f"{self.model} has no table of its own")
        return table

    @property
    def columns(self) -> list[Column[Any]]:
        return [column for column in self.table.columns if column.key not in self.left_out]


def _by_pool(model: Any) -> PoolTable:
    return PoolTable(model, lambda pool_id: model.pool_id == pool_id)


def _by_user(model: Any) -> PoolTable:
    users = select(models.User.id)
    return PoolTable(
        model, lambda pool_id: model.user_id.in_(users.where(models.User.pool_id == pool_id))
    )


def _by_client(model: Any) -> PoolTable:
    client = models.UserPoolClient
    clients = select(client.id)
    return PoolTable(
        model, lambda pool_id: model.client_id.in_(clients.where(client.pool_id == pool_id))
    )


SIGNING_KEYS = _by_pool(models.PoolSigningKey)
RECOVERY_CODES = _by_user(models.RecoveryCode)

TABLES = (
    PoolTable(models.UserPool, lambda pool_id: models.UserPool.id == pool_id),
    SIGNING_KEYS,
    _by_pool(models.ResourceServer),
    PoolTable(
        models.PoolDocument,
        lambda pool_id: (
            (models.PoolDocument.pool_id == pool_id) & (models.PoolDocument.kind != PROGRESS)
        ),
    ),
    _by_pool(models.PoolAsset),
    _by_pool(models.Group),
    _by_pool(models.User),
    _by_pool(models.SignInName),
    _by_pool(models.GroupMember),
    _by_user(models.SoftwareToken),
    RECOVERY_CODES,
    _by_pool(models.Passkey),
    _by_user(models.Device),
    _by_pool(models.LinkedIdentity),
    _by_pool(models.AttemptCount),
    _by_pool(models.AuthEvent),
    _by_pool(models.BrowserSession),
    _by_pool(models.UpstreamSession),
    _by_pool(models.SamlApplicationSession),
    _by_pool(models.ScimResource),
    PoolTable(
        models.UserImportJob,
        lambda pool_id: (
            (models.UserImportJob.pool_id == pool_id)
            & models.UserImportJob.status.not_in((import_jobs.CREATED, *import_jobs.RUNNING))
        ),
    ),
    PoolTable(
        models.Revocation,
        lambda pool_id: models.Revocation.pool_id == pool_id,
        frozenset({"id"}),
    ),
    _by_pool(models.UserPoolClient),
    _by_client(models.ClientSecret),
    _by_client(models.Consent),
    _by_pool(models.PoolDomain),
    _by_pool(models.RefreshFamily),
)

NOT_EXPORTED: Mapping[type[DeclarativeBase], str] = {
    models.SearchableAttribute: "made anew of the users",
    models.ConfirmationCode: "hashed under the sealing key, and good for hours: asked for anew",
    models.AuthorizationCode: "good for five minutes",
    models.PushedRequest: "good for a minute",
    models.DeviceAuthorization: "good for minutes: the device asks anew",
    models.LogoutNotice: "about sessions of this server",
}

SEALED: Mapping[tuple[str, str], Callable[[Values], str]] = {
    ("users", "sealed_verifier"): lambda row: f"srp-verifier:{row['id']}",
    ("users", "sealed_password_history"): lambda row: f"password-history:{row['id']}",
    ("user_pool_client_secrets", "sealed"): lambda row: f"client-secret:{row['id']}",
    ("user_pool_signing_keys", "sealed_private_key"): lambda row: f"signing-key:{row['kid']}",
    ("software_tokens", "sealed_secret"): lambda row: f"software-token:{row['user_id']}",
    ("software_tokens", "sealed_pending"): lambda row: f"software-token:{row['user_id']}",
    ("devices", "sealed_verifier"): lambda row: f"device-verifier:{row['device_key']}",
}
"""The purpose of each sealed column, by its row."""

SEALED_MEMBER = "sealed"
"""Of a pool's document: base64 of an envelope for the purpose `pool-document:POOL:KIND:KEY`."""

BY_NAME: Mapping[str, PoolTable] = {table.name: table for table in TABLES}


class OtherVersion(Exception):
    """A row has other columns than this version of Poolgate."""


def to_line(table: PoolTable, row: Values, sealer: Sealer) -> bytes:
    """A row, with its sealed values in clear. Raises `Unsealable`."""
    if table.model is models.PoolDocument:
        row = _with_document(row, lambda value, purpose: sealer.open(value, purpose))
    values = {
        column.key: _to_json(table, column, row, sealer)
        for column in table.columns
        if row[column.key] is not None
    }
    return orjson.dumps({"table": table.name, "values": values}) + b"\n"


def from_line(line: bytes, sealer: Sealer) -> tuple[PoolTable, Values]:
    """The row, with its sealed values sealed by this server. Raises `OtherVersion`."""
    found = orjson.loads(line)
    table = BY_NAME.get(found["table"])
    if table is None:
        raise OtherVersion(f"There is no table {found['table']} in this version.")
    given: Values = found["values"]
    unknown = set(given) - {column.key for column in table.columns}
    if unknown:
        raise OtherVersion(f"{table.name} has no column {min(unknown)} in this version.")
    plain = {column.key: _from_json(column, given.get(column.key)) for column in table.columns}
    for (name, key), purpose in SEALED.items():
        if name == table.name and plain[key] is not None:
            plain[key] = sealer.seal(plain[key], purpose(plain))
    if table.model is models.PoolDocument:
        plain = _with_document(plain, lambda value, purpose: sealer.seal(value, purpose))
    return table, plain


def _with_document(row: Values, turned: Callable[[bytes, str], bytes]) -> Values:
    """The row of a document whose sealed member, if it has one, is opened or sealed."""
    document = row["document"]
    value = document.get(SEALED_MEMBER)
    if not isinstance(value, str):
        return row
    purpose = f"pool-document:{row['pool_id']}:{row['kind']}:{row['key']}"
    encoded = base64.b64encode(turned(base64.b64decode(value), purpose)).decode()
    return {**row, "document": {**document, SEALED_MEMBER: encoded}}


def _to_json(table: PoolTable, column: Column[Any], row: Values, sealer: Sealer) -> Any:
    value, purpose = row[column.key], SEALED.get((table.name, column.key))
    if purpose is not None:
        value = sealer.open(value, purpose(row))
    if isinstance(column.type, LargeBinary):
        return base64.b64encode(value).decode()
    if isinstance(column.type, UtcDateTime):
        return value.isoformat()
    return value


def _from_json(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    return value
