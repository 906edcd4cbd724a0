"""Clients that anybody could register, and that nobody has used: they end after a day.

A client is used once somebody has allowed it something or has signed in through it. Without an end
strangers could fill a pool's room for registered clients for good.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from idp.models import Consent, PoolDocument, RefreshFamily, UserPoolClient
from idp.user_pools.services import client_documents, documents

UNUSED_FOR = timedelta(days=1)
ROWS_AT_ONCE = 100


def note(session: Session, pool_id: str, client_id: str, now: datetime) -> None:
    """The client has registered without a token."""
    documents.add(session, pool_id, documents.OPEN_REGISTRATION, client_id, {}, now)


def end_some(session: Session, now: datetime) -> int:
    """End clients that are unused for too long, and stop watching the others; answers how many of
    both there were."""
    rows = session.scalars(
        select(PoolDocument)
        .where(
            PoolDocument.kind == documents.OPEN_REGISTRATION,
            PoolDocument.created <= now - UNUSED_FOR,
        )
        .limit(ROWS_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        client = session.get(UserPoolClient, row.key, with_for_update=True)
        if client is None or _is_used(session, row.key):
            session.delete(row)
        else:
            client_documents.delete_client(session, client, now)
    return len(rows)


def _is_used(session: Session, client_id: str) -> bool:
    return any(
        session.scalar(select(exists().where(model.client_id == client_id)))
        for model in (Consent, RefreshFamily)
    )
