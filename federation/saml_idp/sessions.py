"""Who is signed in where: a row for each application in each browser session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from federation.saml import name_ids
from federation.saml.name_ids import NameId
from idp.models import SamlApplicationSession, User

MOST_NAMED = 100


def open_(
    session: Session,
    user: User,
    browser_session_id: str,
    application: str,
    fresh_id: str,
    expires: datetime,
) -> SamlApplicationSession:
    """The row of an application in a browser session, which keeps its SessionIndex and its name
    when the person comes again. The caller says how he is named."""
    row = session.scalar(
        select(SamlApplicationSession)
        .where(
            SamlApplicationSession.browser_session_id == browser_session_id,
            SamlApplicationSession.application == application,
            SamlApplicationSession.user_id == user.id,
        )
        .limit(1)
    )
    if row is None:
        row = SamlApplicationSession(
            id=fresh_id,
            pool_id=user.pool_id,
            user_id=user.id,
            browser_session_id=browser_session_id,
            application=application,
            name_id="",
            details={},
            expires=expires,
        )
        session.add(row)
    row.expires = expires
    return row


def call(row: SamlApplicationSession, name_id: NameId) -> None:
    row.name_id, row.details = name_id.text, name_id.details


def name_of(row: SamlApplicationSession) -> NameId:
    return name_ids.stored(row.name_id, row.details)


def named(
    session: Session, pool_id: str, application: str, name_id: NameId, indexes: Sequence[str]
) -> list[SamlApplicationSession]:
    """What a LogoutRequest is about: sessions of that name at that application, all of them where
    none is named (Core §3.7.1)."""
    query = select(SamlApplicationSession).where(
        SamlApplicationSession.pool_id == pool_id,
        SamlApplicationSession.application == application,
        SamlApplicationSession.name_id == name_id.text,
    )
    if indexes:
        query = query.where(SamlApplicationSession.id.in_(indexes))
    return list(session.scalars(query.limit(MOST_NAMED)))


def of_browser(session: Session, browser_session_id: str) -> list[SamlApplicationSession]:
    """In the order in which applications are told."""
    return list(
        session.scalars(
            select(SamlApplicationSession)
            .where(SamlApplicationSession.browser_session_id == browser_session_id)
            .order_by(SamlApplicationSession.application, SamlApplicationSession.id)
        )
    )


def forget(session: Session, ids: Sequence[str]) -> None:
    session.execute(delete(SamlApplicationSession).where(SamlApplicationSession.id.in_(ids)))
