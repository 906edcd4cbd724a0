"""Browser sessions: a person stays signed in at one pool's pages for an hour.

The cookie holds 256 random bits, the row their hash. A sign-in always makes a new session, so a
cookie planted beforehand is worth nothing afterwards (session fixation).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from idp.models import BrowserSession, User
from idp.user_pools.services.tokens import BY_PASSWORD, Opening
from kernel.statements import Prepared, Rows
from kernel.tokens import encoding

SESSION_BYTES = 32
LIFETIME = timedelta(hours=1)
"""As Amazon Cognito's."""

SESSION_AND_USER = Prepared(
    select(
        BrowserSession.user_id,
        BrowserSession.auth_time,
        BrowserSession.expires,
        User.enabled,
        User.status,
        User.password_set,
        BrowserSession.factors,
    )
    .join(User, User.id == BrowserSession.user_id)
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


def new_value(random_bytes: Callable[[int], bytes]) -> str:
    """The value of a new session cookie."""
    return encoding.encode(random_bytes(SESSION_BYTES))


def start(
    session: Session, pool_id: str, signed_in: SignedIn, value: str, previous: str | None
) -> None:
    """Store a session under `value`, in place of the one the browser came with."""
    if previous:
        end(session, pool_id, previous)
    session.add(
        BrowserSession(
            id_hash=_hash(value),
            pool_id=pool_id,
            user_id=signed_in.user_id,
            auth_time=signed_in.auth_time,
            expires=signed_in.auth_time + LIFETIME,
            session_id=signed_in.opening.browser_session_id or uuid.uuid4().hex,
            factors=list(signed_in.opening.factors),
            last_active=signed_in.auth_time,
            address=signed_in.opening.address,
            user_agent=signed_in.opening.user_agent,
        )
    )


def find(rows: Rows, pool_id: str, value: str, now: datetime) -> SignedIn | None:
    """Who the cookie stands for, if he may still sign in and has the same password as then."""
    row = rows.first(SESSION_AND_USER, cookie=_hash(value), pool=pool_id)
    if row is None:
        return None
    user_id, auth_time, expires, enabled, status, password_set, factors = row
    is_stale = password_set is not None and auth_time < password_set
    may_sign_in = enabled and status in {"CONFIRMED", "EXTERNAL_PROVIDER"}
    if expires <= now or is_stale or not may_sign_in:
        return None
    return SignedIn(user_id, auth_time, Opening(tuple(factors)))


def end(session: Session, pool_id: str, value: str) -> None:
    session.execute(
        delete(BrowserSession).where(
            BrowserSession.id_hash == _hash(value), BrowserSession.pool_id == pool_id
        )
    )


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
