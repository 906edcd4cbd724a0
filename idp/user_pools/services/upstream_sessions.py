"""Sessions at other providers that opened browser sessions here: remembered at the sign-in, and
ended when the provider says that the person signed out there.

What a provider calls the person and the session is its own affair: SAML's NameID and SessionIndex,
OpenID Connect's `sub` and `sid`. Nothing in here knows which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from idp.models import UpstreamSession, UserPoolClient
from idp.user_pools.rules.validity import lifetimes
from idp.user_pools.services import revocation

PROVEN = "proven"
"""The member of `details` that says when the person proved himself."""


@dataclass(frozen=True)
class SharedSession:
    """What a provider calls a session of its own, and whose it is."""

    provider: str
    """The provider's name in the pool."""
    subject: str
    upstream_id: str | None = None
    """None where it names no session, so that only the person's sign-outs as a whole are heard."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the provider must be told again, such as the NameID's format."""
    proven: float | None = None
    """When the person proved himself there, in seconds since 1970; None where it does not say.
    A session of the provider's own may be much older than the sign-in here."""


def remember(
    session: Session,
    shared: SharedSession,
    pool_id: str,
    user_id: str,
    browser_session_id: str,
    expires: datetime,
) -> None:
    """The browser session was opened by that session, until then. One that the person opens anew
    is of whoever opened it last.

    It is remembered for as long as a sign-in that came through it can be refreshed.
    """
    proof = {} if shared.proven is None else {PROVEN: shared.proven}
    session.merge(
        UpstreamSession(
            browser_session_id=browser_session_id,
            pool_id=pool_id,
            user_id=user_id,
            provider=shared.provider,
            subject=shared.subject,
            upstream_id=shared.upstream_id,
            details={**shared.details, **proof},
            expires=expires + _longest_refreshing(session, pool_id),
        )
    )


def proven(details: Mapping[str, Any] | None) -> datetime | None:
    """When the person proved himself at the provider, by the details that are remembered."""
    said = (details or {}).get(PROVEN)
    return None if said is None else datetime.fromtimestamp(said, UTC)


def find(session: Session, browser_session_id: str) -> UpstreamSession | None:
    """What opened the browser session, where another provider did."""
    return session.get(UpstreamSession, browser_session_id)


def end(
    session: Session,
    pool_id: str,
    provider: str,
    subject: str | None,
    upstream_ids: Sequence[str],
    now: datetime,
) -> int:
    """End what was opened from those sessions of the provider, or, where it names none, all that
    the person opened from there; the number of browser sessions.

    With a `subject` a named session must be his, and what he opened from one that the provider did
    not name ends too: it may have been this one. They end with their sign-ins and their refresh
    tokens, and the clients that follow logouts are told. The caller announces it
    (`revocation.announce`) once the unit has committed.
    """
    which = UpstreamSession.subject == (subject or "")
    if upstream_ids:
        named = UpstreamSession.upstream_id.in_(upstream_ids)
        nameless = UpstreamSession.upstream_id.is_(None)
        which = named if subject is None else and_(which, or_(named, nameless))
    rows = session.scalars(
        select(UpstreamSession)
        .where(*_of_provider(pool_id, provider), which)
        .order_by(UpstreamSession.browser_session_id)
        .with_for_update()
    ).all()
    for row in rows:
        revocation.end_with_sign_ins(session, row.user_id, row.browser_session_id, now)
        session.delete(row)
    return len(rows)


def forget_provider(session: Session, pool_id: str, provider: str) -> None:
    """Another provider that takes the name must not end what this one opened."""
    session.execute(delete(UpstreamSession).where(*_of_provider(pool_id, provider)))


def _of_provider(pool_id: str, provider: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return UpstreamSession.pool_id == pool_id, UpstreamSession.provider == provider


def _longest_refreshing(session: Session, pool_id: str) -> timedelta:
    """Of the client of the pool whose refresh tokens live for longest: any may come through the
    browser session."""
    settings = session.scalars(
        select(UserPoolClient.settings).where(UserPoolClient.pool_id == pool_id)
    )
    return max((lifetimes(each).refresh for each in settings), default=timedelta(0))
