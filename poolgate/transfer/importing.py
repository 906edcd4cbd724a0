"""Reading a user pool from a sealed file: all of it is proved first, then chunk by chunk stored.

Each chunk is one transaction, which also notes which chunk comes next. An import that was broken
off goes on there when it is called again with the same file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.models import PoolDocument, PoolSigningKey, SearchableAttribute, User, UserPool
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import key_rotation, users
from idp.user_pools.services.key_rotation import Order
from kernel.clock import Clock
from kernel.database import Database
from kernel.sealing import Sealer
from poolgate.transfer.exporting import FORMAT, fingerprint
from poolgate.transfer.sealed_file import Chunk, Damaged, Reader
from poolgate.transfer.tables import (
    PROGRESS,
    RECOVERY_CODES,
    PoolTable,
    Values,
    from_line,
)


class CannotImport(Exception):
    """The pool is here already, or something that must be unique is; the text says which."""


@dataclass
class Imported:
    """What an import did."""

    pool_id: str
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    resumed_at: int = 0
    """The chunk that an earlier import had not stored."""
    dropped_recovery_codes: int = 0
    new_signing_keys: bool = False


@dataclass(frozen=True)
class Target:
    """Where a pool goes."""

    database: Database
    sealer: Sealer
    account: str | None
    """The AWS account that shall own it; None for the one that it had."""


@dataclass(frozen=True)
class Transfer:
    """A file that was proved, and what it says of itself."""

    id: str
    pool_id: str
    has_same_sealing_key: bool


def import_pool(target: Target, file: BinaryIO, passphrase: str) -> Imported:
    """Raises `Damaged`, `OtherVersion`, `CannotImport`. Nothing of a damaged file is stored."""
    reader = Reader(file, passphrase)
    transfer = _prove(reader, target)
    number, position = target.database.write(_place, transfer)
    done = Imported(transfer.pool_id, resumed_at=number)
    for chunk in reader.chunks(number, position):
        try:
            target.database.write(_store, target, transfer, chunk, done)
        except IntegrityError as error:
            raise CannotImport(_clash(error)) from None
    if not target.database.write(_finish, transfer):
        keys = Order(transfer.pool_id, Turn.IF_READY)
        key_rotation.carry_out(target.database, target.sealer, Clock(), keys)
        done.new_signing_keys = True
    return done


def _prove(reader: Reader, target: Target) -> Transfer:
    """Open every chunk once, before the first row is stored."""
    head: Any = None
    for chunk in reader.chunks():
        if head is None:
            head = _head(chunk)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Damaged("The file has the format of another version.")
    same = head["sealing"] == fingerprint(target.sealer)
    return Transfer(reader.id, str(head["pool"]), same)


def _head(chunk: Chunk) -> Any:
    return orjson.loads(chunk.plain.partition(b"\n")[0])


def _place(session: Session, transfer: Transfer) -> tuple[int, int | None]:
    """Which chunk comes next, and where it begins."""
    progress = session.get(PoolDocument, (transfer.pool_id, PROGRESS, transfer.id))
    if progress is not None:
        return progress.document["next"], progress.document["position"]
    if session.get(UserPool, transfer.pool_id) is not None:
        raise CannotImport(f"User pool {transfer.pool_id} is on this server already.")
    return 0, None


def _store(
    session: Session, target: Target, transfer: Transfer, chunk: Chunk, done: Imported
) -> None:
    if chunk.number and _place(session, transfer)[0] != chunk.number:
        raise CannotImport("Another import of the same file is running.")
    connection = session.connection()
    dropped, counted = 0, defaultdict[str, int](int)
    for table, rows in _rows(chunk, target):
        if table is RECOVERY_CODES and not transfer.has_same_sealing_key:
            # Their hashes are made under the other server's key: none would ever fit.
            dropped += len(rows)
            continue
        connection.execute(insert(table.table), rows)
        counted[table.name] += len(rows)
        if table.model is User:
            _index(session, rows)
    _note(session, transfer, chunk)
    session.flush()
    done.dropped_recovery_codes += dropped
    for name, count in counted.items():
        done.rows[name] += count


def _rows(chunk: Chunk, target: Target) -> Iterator[tuple[PoolTable, list[Values]]]:
    """Rows of the same table together, in the order of the file."""
    lines = chunk.plain.splitlines()[0 if chunk.number else 1 :]
    present: PoolTable | None = None
    rows: list[Values] = []
    for line in lines:
        table, values = from_line(line, target.sealer)
        if table.model is UserPool and target.account is not None:
            values["account"] = target.account
        if table is not present:
            if present is not None:
                yield present, rows
            present, rows = table, []
        rows.append(values)
    if present is not None:
        yield present, rows


def _index(session: Session, rows: list[Values]) -> None:
    searchable = [
        {"pool_id": row["pool_id"], "name": name, "value": value, "user_id": row["id"]}
        for row in rows
        for name, value in users.searchable_values(row).items()
    ]
    session.connection().execute(insert(SearchableAttribute), searchable)


def _note(session: Session, transfer: Transfer, chunk: Chunk) -> None:
    now = datetime.now(UTC)
    key = (transfer.pool_id, PROGRESS, transfer.id)
    row = session.get(PoolDocument, key)
    document = {"next": chunk.number + 1, "position": chunk.end}
    if row is None:
        session.add(
            PoolDocument(
                pool_id=key[0], kind=key[1], key=key[2],
                document=document, created=now, modified=now,
            )
        )  # fmt: skip
    else:
        row.document, row.modified = document, now


def _finish(session: Session, transfer: Transfer) -> bool:
    """The import is over. Whether signing keys came along."""
    progress = session.get(PoolDocument, (transfer.pool_id, PROGRESS, transfer.id))
    if progress is not None:
        session.delete(progress)
    of_pool = PoolSigningKey.pool_id == transfer.pool_id
    return session.scalar(select(PoolSigningKey.kid).where(of_pool).limit(1)) is not None


def _clash(error: IntegrityError) -> str:
    """What is there already, without the values, which the driver's text would hold."""
    statement = (error.statement or "").split()
    table = statement[2].strip('"') if len(statement) > 2 else "a table"
    return f"A row of {table} is on this server already: a client or domain of the same name."
