"""Browser sessions: a person stays signed in at one pool's pages, for as long as its clients say.

The cookie holds 256 random bits, the row their hash. A sign-in always makes a new session, so a
cookie planted beforehand is worth nothing afterwards (session fixation).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import BrowserSession, UpstreamSession, User
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules.second_factors import FEDERATION
from idp.user_pools.services import logout_notices, revocation, upstream_sessions
from idp.user_pools.services.session_settings import SessionSettings
from idp.user_pools.services.tokens import (
    BY_PASSWORD,
    MOST_USER_AGENT_CHARACTERS,
    Opening,
)
from idp.user_pools.services.upstream import CLOCK_LEEWAY
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.statements import Prepared, Rows
from kernel.tokens import encoding

SESSION_BYTES = 32
SESSION_AND_USER = Prepared(
    select(
        BrowserSession.user_id,
        BrowserSession.auth_time,
        BrowserSession.expires,
        BrowserSession.session_id,
        BrowserSession.factors,
        User.enabled,
        User.status,
        User.password_set,
        UpstreamSession.details,
    )
    .join(User, User.id == BrowserSession.user_id)
    .outerjoin(UpstreamSession, UpstreamSession.browser_session_id == BrowserSession.session_id)
    .where(
        BrowserSession.id_hash == bindparam("cookie"), BrowserSession.pool_id == bindparam("pool")
    )
)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and when he proved it."""

    user_id: str
    auth_time: datetime
    opening: Opening = BY_PASSWORD
    """How he did, for the records."""
    shared: SharedSession | None = None
    """The session at another provider that he comes from."""
    proven_elsewhere: datetime | None = None
    """When he proved who he is to the provider that he came from; None where it does not say."""

    def is_proven_within(self, seconds: float, now: datetime) -> bool:
        """Whether he proved who he is so recently. Coming from another provider proves nothing by
        itself: its own session may have answered for him."""
        if FEDERATION not in self.opening.factors:
            return now - self.auth_time <= timedelta(seconds=seconds)
        proven = self.proven_elsewhere
        return proven is not None and now - proven <= timedelta(seconds=seconds + CLOCK_LEEWAY)


def new_value(random_bytes: Callable[[int], bytes]) -> str:
    """The value of a new session cookie."""
    return encoding.encode(random_bytes(SESSION_BYTES))


@dataclass(frozen=True)
class Ended:
    """A browser session that somebody has just signed out of."""

    session_id: str
    clients: tuple[str, ...]
    """With a sign-in that came through it."""


def start(
    session: Session,
    pool_id: str,
    signed_in: SignedIn,
    settings: SessionSettings,
    value: str,
    previous: str | None,
    fresh_id: str,
) -> SignedIn:
    """Store a session under `value`, in place of the one the browser came with, and answer with
    its id, which codes and tokens remember.

    It lives for as long as any client of the pool takes it for a sign-in. Somebody who proves
    himself anew goes on with his session under the id that its clients know (`sid`); anybody else
    ends the session before, and those clients are told.
    """
    before = _row(session, pool_id, previous)
    session_id = fresh_id
    if before is not None and before.user_id == signed_in.user_id:
        session_id = before.session_id
        session.delete(before)
    elif before is not None:
        revocation.end_browser_session(
            session, before.user_id, before.session_id, signed_in.auth_time
        )
    session.flush()
    opening = replace(signed_in.opening, browser_session_id=session_id)
    expires = signed_in.auth_time + settings.longest_reuse
    session.add(
        BrowserSession(
            id_hash=_hash(value),
            pool_id=pool_id,
            user_id=signed_in.user_id,
            auth_time=signed_in.auth_time,
            expires=expires,
            session_id=session_id,
            factors=list(opening.factors),
            last_active=signed_in.auth_time,
            address=opening.address,
            user_agent=opening.user_agent[:MOST_USER_AGENT_CHARACTERS],
        )
    )
    if signed_in.shared is not None:
        upstream_sessions.remember(
            session, signed_in.shared, pool_id, signed_in.user_id, session_id, expires
        )
    return replace(signed_in, opening=opening)


def find(rows: Rows, pool_id: str, value: str, now: datetime) -> SignedIn | None:
    """Who the cookie stands for, if he may still sign in and has the same password as then."""
    row = rows.first(SESSION_AND_USER, cookie=_hash(value), pool=pool_id)
    if row is None:
        return None
    user_id, auth_time, expires, session_id, factors, enabled, status, password_set, shared = row
    if expires <= now or not (enabled and goes_on(status, password_set, auth_time, factors)):
        return None
    proven = upstream_sessions.proven(shared)
    opening = Opening(tuple(factors), None, session_id)
    return SignedIn(user_id, auth_time, opening, proven_elsewhere=proven)


def goes_on(
    status: str, password_set: datetime | None, auth_time: datetime, factors: Collection[str]
) -> bool:
    """Whether a user in this state, with a password of that age, is signed in since `auth_time`.

    Whether the password must be changed is nothing to who came from another provider.
    """
    is_stale = password_set is not None and auth_time < password_set
    is_settled = status in {"CONFIRMED", EXTERNAL_PROVIDER} or FEDERATION in factors
    return is_settled and not is_stale


def end(session: Session, pool_id: str, value: str, now: datetime) -> Ended | None:
    """Sign out of the session of a cookie. The caller announces it once the unit has committed."""
    row = _row(session, pool_id, value)
    if row is None:
        return None
    clients = logout_notices.clients_of(session, row.user_id, row.session_id)
    revocation.end_browser_session(session, row.user_id, row.session_id, now)
    return Ended(row.session_id, tuple(clients))


def _row(session: Session, pool_id: str, value: str | None) -> BrowserSession | None:
    if not value:
        return None
    return session.scalar(
        select(BrowserSession)
        .where(BrowserSession.id_hash == _hash(value), BrowserSession.pool_id == pool_id)
        .with_for_update()
    )


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
