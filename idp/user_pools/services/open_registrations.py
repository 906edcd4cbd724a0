"""Clients that anybody could register: they have room of their own, and end when nobody uses them.

A new one has a day to be used. It is in use while somebody is signed in through it, and for a while
after somebody has allowed it something. Without an end strangers could fill that room for good.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from idp.models import Consent, PoolDocument, RefreshFamily, UserPoolClient
from idp.user_pools.services import client_documents, documents

MOST = 500
"""Of one pool."""
UNUSED_FOR = timedelta(days=1)
"""Also the time between two looks at whether one is in use."""
CONSENT_COUNTS_FOR = timedelta(days=90)
ROWS_AT_ONCE = 100


def note(session: Session, pool_id: str, client_id: str, now: datetime) -> None:
    """The client has registered without a token."""
    documents.add(session, pool_id, documents.OPEN_REGISTRATION, client_id, {}, now)


def end_some(session: Session, now: datetime) -> int:
    """Look at some clients and end those that are not in use; answers how many it looked at."""
    rows = session.scalars(
        select(PoolDocument)
        .where(
            PoolDocument.kind == documents.OPEN_REGISTRATION,
            PoolDocument.modified <= now - UNUSED_FOR,
        )
        .limit(ROWS_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        client = session.get(UserPoolClient, row.key, with_for_update=True)
        if client is None:
            session.delete(row)
        elif _is_used(session, row.key, now):
            documents.change(row, row.document, now)
        else:
            client_documents.delete_client(session, client, now)
    return len(rows)


def _is_used(session: Session, client_id: str, now: datetime) -> bool:
    in_use = (
        RefreshFamily.client_id == client_id,
        (Consent.client_id == client_id) & (Consent.granted > now - CONSENT_COUNTS_FOR),
    )
    return any(session.scalar(select(exists().where(each))) for each in in_use)
