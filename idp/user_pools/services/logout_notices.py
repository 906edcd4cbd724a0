"""Logout notices: which clients are to be told that sign-ins in a browser have ended.

They are left in the unit of work that ends them, so that none is lost; `logout_delivery` sends
them. A client is told where its metadata has a `backchannel_logout_uri`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import LogoutNotice, PoolDocument, RefreshFamily
from idp.user_pools.rules import session_ids
from idp.user_pools.services.oauth_settings import CLIENT_KIND


def clients_of(session: Session, user_id: str, session_id: str) -> list[str]:
    """The clients with a sign-in that came through a browser session, in the order of their ids."""
    query = select(RefreshFamily.client_id).where(
        RefreshFamily.user_id == user_id, RefreshFamily.browser_session_id == session_id
    )
    return sorted(set(session.scalars(query)))


def leave(
    session: Session,
    user_id: str,
    sign_ins: Iterable[tuple[str, str | None]],
    now: datetime,
) -> None:
    """Leave a notice for each pair of a client and a browser session in which it has a sign-in.

    A sign-in through the API has no browser session, and its client no session of ours to end.
    """
    pairs = {pair for pair in sign_ins if session_ids.is_browser_session(pair[1])}
    told = _told(session, {client_id for client_id, _ in pairs})
    session.flush()
    for client_id, session_id in sorted(pairs, key=str):
        if client_id in told:
            _leave(session, client_id, user_id, session_id, now)


def _told(session: Session, client_ids: set[str]) -> set[str]:
    if not client_ids:
        return set()
    documents = session.execute(
        select(PoolDocument.key, PoolDocument.document).where(
            PoolDocument.kind == CLIENT_KIND, PoolDocument.key.in_(client_ids)
        )
    )
    return {key for key, document in documents if document.get("backchannel_logout_uri")}


def _leave(
    session: Session, client_id: str, user_id: str, session_id: str | None, now: datetime
) -> None:
    """Once, where one moment ends a session twice."""
    notice_id = f"{client_id}:{session_id}:{now.timestamp():.6f}"
    if session.get(LogoutNotice, notice_id) is None:
        session.add(
            LogoutNotice(
                id=notice_id,
                client_id=client_id,
                user_id=user_id,
                browser_session_id=session_id,
                due=now,
                created=now,
            )
        )
