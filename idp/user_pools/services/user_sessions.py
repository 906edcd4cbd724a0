"""A user's sessions, for himself and for administrators: which there are, and ending one.

A token session is a refresh family, an SSO session is a browser's at the hosted pages. Both are
always looked for by the user whom the caller may speak of, so nobody sees or ends another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from idp.errors import SessionNotFound
from idp.models import BrowserSession, RefreshFamily, User
from idp.user_pools.rules import session_ids, user_agents
from idp.user_pools.services import logout_notices, revocation

PAGE = 125
"""SessionsListType."""


@dataclass(frozen=True)
class ListedSession:
    """One session as it is shown."""

    id: str
    created: datetime
    last_active: datetime
    address: str
    user_agent: str
    client_id: str | None = None
    origin: str | None = None
    """The browser session that a token session came through."""

    def describe(self, current: str | None) -> dict[str, Any]:
        """UserSessionType. `current` is the id of the session that the caller speaks in. Where it
        is used from is not told: nobody knows."""
        is_token = self.id.startswith(session_ids.TOKEN)
        told = {
            "ClientId": self.client_id,
            "LastIPAddress": self.address or None,
            "OriginSessionId": self.origin,
        }
        return {
            "SessionId": self.id,
            "SessionType": "TOKEN" if is_token else "SSO",
            "CreateDate": self.created,
            "LastActiveDate": self.last_active,
            "DeviceType": user_agents.describe(self.user_agent),
            "IsCurrentSession": self.id == current,
            **{name: value for name, value in told.items() if value is not None},
        }


@dataclass(frozen=True)
class Position:
    """Behind which session a page begins: the newest come first, by id where two began at once."""

    created: datetime
    id: str

    def to_token(self) -> list[str]:
        return [self.created.isoformat(), self.id]

    @classmethod
    def from_token(cls, value: Any) -> Position | None:
        return cls(datetime.fromisoformat(value[0]), value[1]) if value else None


def page(
    session: Session, user: User, now: datetime, after: Position | None
) -> Sequence[ListedSession]:
    """Active sessions of the user, one more than `PAGE` where there are more."""
    both = [
        *_token_sessions(session, user, now, after),
        *_browser_sessions(session, user, now, after),
    ]
    return sorted(both, key=lambda each: (each.created, each.id), reverse=True)[: PAGE + 1]


def _token_sessions(
    session: Session, user: User, now: datetime, after: Position | None
) -> list[ListedSession]:
    query = select(RefreshFamily).where(
        RefreshFamily.user_id == user.id,
        RefreshFamily.revoked.is_(None),
        RefreshFamily.expires > now,
    )
    if after is not None:
        same = RefreshFamily.id < (session_ids.family_of(after.id) or "")
        query = query.where(_behind(RefreshFamily.created, after, same))
    query = query.order_by(RefreshFamily.created.desc(), RefreshFamily.id.desc()).limit(PAGE + 1)
    return [_of_family(family) for family in session.scalars(query)]


def _browser_sessions(
    session: Session, user: User, now: datetime, after: Position | None
) -> list[ListedSession]:
    query = select(BrowserSession).where(
        BrowserSession.user_id == user.id,
        BrowserSession.expires > now,
        BrowserSession.session_id.startswith(session_ids.BROWSER),
    )
    if user.password_set is not None:
        # A new password ends them (`oauth.sessions.find`).
        query = query.where(BrowserSession.auth_time >= user.password_set)
    if after is not None:
        same = BrowserSession.session_id < after.id
        query = query.where(_behind(BrowserSession.auth_time, after, same))
    query = query.order_by(BrowserSession.auth_time.desc(), BrowserSession.session_id.desc())
    return [_of_browser(row) for row in session.scalars(query.limit(PAGE + 1))]


def _behind(created: Any, after: Position, is_behind_at_once: Any) -> ColumnElement[bool]:
    return or_(created < after.created, and_(created == after.created, is_behind_at_once))


def _of_family(family: RefreshFamily) -> ListedSession:
    origin = family.browser_session_id
    return ListedSession(
        session_ids.of_family(family.id),
        family.created,
        family.last_active,
        family.address,
        family.user_agent,
        family.client_id,
        origin if session_ids.is_browser_session(origin) else None,
    )


def _of_browser(row: BrowserSession) -> ListedSession:
    return ListedSession(
        row.session_id, row.auth_time, row.last_active, row.address, row.user_agent
    )


def revoke(session: Session, user_id: str, session_id: str, now: datetime, *, linked: bool) -> None:
    """End an active session of the user, with those linked to it where asked.

    "LINKED also revokes the directly linked session or sessions": the browser session that a token
    session came through, or the token sessions that came through a browser session. The caller
    announces it once the unit has committed. Raises `SessionNotFound`.
    """
    family_id = session_ids.family_of(session_id)
    if family_id is None:
        _revoke_browser(session, user_id, session_id, now, linked=linked)
        return
    family = session.get(RefreshFamily, family_id, with_for_update=True)
    if family is None or family.user_id != user_id:
        raise SessionNotFound
    if family.revoked is not None or family.expires <= now:
        raise SessionNotFound
    revocation.revoke_family(session, family, now)
    logout_notices.leave(session, user_id, [(family.client_id, family.browser_session_id)], now)
    if linked:
        revocation.end_origin(session, family, now)


def end_all(session: Session, user_id: str, now: datetime) -> None:
    """End every session of the user: in browsers and with tokens. The caller announces it."""
    ids = select(BrowserSession.session_id).where(BrowserSession.user_id == user_id)
    for session_id in session.scalars(ids).all():
        revoke(session, user_id, session_id, now, linked=False)
    revocation.revoke_user(session, user_id, now)


def _revoke_browser(
    session: Session, user_id: str, session_id: str, now: datetime, *, linked: bool
) -> None:
    if not revocation.end_browser_session(session, user_id, session_id, now):
        raise SessionNotFound
    if linked:
        revocation.revoke_families_of(session, user_id, session_id, now)
