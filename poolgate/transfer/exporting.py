"""Writing a user pool into a sealed file, as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import orjson
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from idp.errors import PoolNotFound
from idp.models import Passkey, PoolDocument, User
from idp.user_pools.services import passkeys, pools
from kernel.database import Database
from kernel.sealing import Sealer
from poolgate.transfer.sealed_file import Writer
from poolgate.transfer.tables import PROGRESS, SIGNING_KEYS, TABLES, PoolTable, Values, to_line

FORMAT = 1
ROWS_AT_ONCE = 500
HAS_PASSKEYS = "has_passkeys"
"""A column beside those of users."""


class CannotExport(Exception):
    """There is no such pool, or it is not whole; the text says which."""


def fingerprint(sealer: Sealer) -> str:
    """Tells whether two servers have the same sealing key, and nothing of it."""
    return sealer.derive("pool-transfer").hex()


def export(
    database: Database,
    sealer: Sealer,
    pool_id: str,
    file: BinaryIO,
    passphrase: str,
    *,
    with_signing_keys: bool,
) -> dict[str, int]:
    """The number of rows by table. Raises `CannotExport`, and `Unsealable`."""
    return database.read(_export, sealer, pool_id, file, passphrase, with_signing_keys)


def _export(
    session: Session,
    sealer: Sealer,
    pool_id: str,
    file: BinaryIO,
    passphrase: str,
    with_signing_keys: bool,
) -> dict[str, int]:
    if session.get_bind().dialect.name == "postgresql":
        # One snapshot for all tables; SQLite's transactions have one anyway.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    _check(session, pool_id)
    writer = Writer(file, passphrase)
    head = {"format": FORMAT, "pool": pool_id, "sealing": fingerprint(sealer)}
    writer.write(orjson.dumps(head) + b"\n")
    counts: dict[str, int] = {}
    for table in TABLES:
        if table is SIGNING_KEYS and not with_signing_keys:
            continue
        counts[table.name] = 0
        for line in _lines(session, sealer, table, pool_id):
            writer.write(line)
            counts[table.name] += 1
    writer.finish()
    return counts


def _check(session: Session, pool_id: str) -> None:
    try:
        pools.present(session, pool_id)
    except PoolNotFound:
        raise CannotExport(f"There is no user pool {pool_id}.") from None
    unfinished = (PoolDocument.pool_id == pool_id, PoolDocument.kind == PROGRESS)
    if session.scalar(select(PoolDocument.key).where(*unfinished).limit(1)):
        raise CannotExport(f"{pool_id} is only in part on this server: its import is not over.")


def _lines(session: Session, sealer: Sealer, table: PoolTable, pool_id: str) -> Iterator[bytes]:
    query = (
        select(*table.table.columns, *_further(table))
        .where(table.is_of(pool_id))
        .order_by(*table.table.primary_key.columns)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in session.execute(query):
        yield to_line(table, _whole(dict(row._mapping), sealer), sealer)


def _further(table: PoolTable) -> Sequence[ColumnElement[bool]]:
    if table.model is not User:
        return ()
    return (exists().where(Passkey.user_id == User.id).label(HAS_PASSKEYS),)


def _whole(row: Values, sealer: Sealer) -> Values:
    """With the user handle of passkeys: made of this server's sealing key, it is lost otherwise."""
    if row.pop(HAS_PASSKEYS, False):
        row["mfa"] = passkeys.with_handle(sealer, row["pool_id"], row["id"], row["mfa"])
    return row
