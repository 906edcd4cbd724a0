"""Documents of a pool's further configuration, as rows: one kind for each thing that is set.

What must be unique is a row's key. Secrets of a document stand sealed in its member `sealed`, for
the purpose `pool-document:POOL:KIND:KEY`, so that they cannot be moved to another document.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from idp.models import PoolDocument
from kernel.sealing import Sealer

SEALED = "sealed"
IDENTITY_PROVIDER, RISK = "identity_provider", "risk"
CLIENT_REGISTRATION = "client_registration"
OPEN_REGISTRATION = "open_registration"
"""The kinds that several services look for; the others are named by the service that has them."""


def find(
    session: Session, pool_id: str, kind: str, key: str, *, to_change: bool = False
) -> PoolDocument | None:
    """The document. Nobody else changes one that was found `to_change` within this unit."""
    return session.get(PoolDocument, (pool_id, kind, key), with_for_update=to_change or None)


def add(
    session: Session, pool_id: str, kind: str, key: str, document: dict[str, Any], now: datetime
) -> PoolDocument:
    """A new document. The caller has looked whether the key is free."""
    row = PoolDocument(
        pool_id=pool_id, kind=kind, key=key, document=document, created=now, modified=now
    )
    session.add(row)
    session.flush()
    return row


def change(row: PoolDocument, document: dict[str, Any], now: datetime) -> None:
    row.document, row.modified = document, now


def put(
    session: Session, pool_id: str, kind: str, key: str, document: dict[str, Any], now: datetime
) -> PoolDocument:
    """The document with this content, whether it was there before or not."""
    row = find(session, pool_id, kind, key, to_change=True)
    if row is None:
        return add(session, pool_id, kind, key, document, now)
    change(row, document, now)
    return row


def remove(session: Session, pool_id: str, kind: str, key: str) -> None:
    """Delete the document, if it is there."""
    row = find(session, pool_id, kind, key, to_change=True)
    if row is not None:
        session.delete(row)
        # Until then the session goes on finding it by its key.
        session.flush()


def page(
    session: Session, pool_id: str, kind: str, after: str, limit: int
) -> Sequence[PoolDocument]:
    """Documents in the order of their keys, one more than `limit` when there are more."""
    return session.scalars(
        select(PoolDocument)
        .where(PoolDocument.pool_id == pool_id, PoolDocument.kind == kind, PoolDocument.key > after)
        .order_by(PoolDocument.key)
        .limit(limit + 1)
    ).all()


def keys(pool_id: str, kind: str) -> Select[str]:
    """The statement that finds the keys of a pool's documents of a kind."""
    return select(PoolDocument.key).where(
        PoolDocument.pool_id == pool_id, PoolDocument.kind == kind
    )


def purpose(pool_id: str, kind: str, key: str) -> str:
    return f"pool-document:{pool_id}:{kind}:{key}"


def seal(sealer: Sealer, purpose: str, secrets: Mapping[str, str]) -> str:
    """Secrets by name, as the member `sealed` holds them: base64 of one envelope."""
    return base64.b64encode(sealer.seal(orjson.dumps(dict(secrets)), purpose)).decode()


def open_sealed(sealer: Sealer, row: PoolDocument) -> dict[str, str]:
    """The secrets of a document by their names; none where nothing is sealed."""
    sealed = row.document.get(SEALED)
    if sealed is None:
        return {}
    plain = sealer.open(base64.b64decode(sealed), purpose(row.pool_id, row.kind, row.key))
    secrets: dict[str, str] = orjson.loads(plain)
    return secrets
