"""Browser sessions: a person stays signed in at one pool's pages, for as long as its clients say.

The cookie holds 256 random bits, the row their hash. A sign-in always makes a new session, so a
cookie planted beforehand is worth nothing afterwards (session fixation).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from idp.models import BrowserSession, User
from idp.user_pools.rules import session_ids
from idp.user_pools.rules.second_factors import FEDERATION
from idp.user_pools.services.session_settings import SessionSettings
from idp.user_pools.services.tokens import (
    BY_PASSWORD,
    MOST_USER_AGENT_CHARACTERS,
    Opening,
)
from kernel.clock import Randomness
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


def named(signed_in: SignedIn, randomness: Randomness) -> SignedIn:
    """The same with the id of a new browser session, which codes and tokens remember."""
    session_id = session_ids.new_browser_session(randomness)
    return replace(signed_in, opening=replace(signed_in.opening, browser_session_id=session_id))


def start(
    session: Session,
    pool_id: str,
    signed_in: SignedIn,
    settings: SessionSettings,
    value: str,
    previous: str | None,
) -> None:
    """Store a session that was `named` under `value`, in place of the one the browser came with.

    It lives for as long as any client of the pool takes it for a sign-in.
    """
    opening = signed_in.opening
    if previous:
        end(session, pool_id, previous)
    session.add(
        BrowserSession(
            id_hash=_hash(value),
            pool_id=pool_id,
            user_id=signed_in.user_id,
            auth_time=signed_in.auth_time,
            expires=signed_in.auth_time + settings.longest_reuse,
            session_id=opening.browser_session_id,
            factors=list(opening.factors),
            last_active=signed_in.auth_time,
            address=opening.address,
            user_agent=opening.user_agent[:MOST_USER_AGENT_CHARACTERS],
        )
    )


def find(rows: Rows, pool_id: str, value: str, now: datetime) -> SignedIn | None:
    """Who the cookie stands for, if he may still sign in and has the same password as then."""
    row = rows.first(SESSION_AND_USER, cookie=_hash(value), pool=pool_id)
    if row is None:
        return None
    user_id, auth_time, expires, session_id, factors, enabled, status, password_set = row
    if expires <= now or not (enabled and goes_on(status, password_set, auth_time, factors)):
        return None
    return SignedIn(user_id, auth_time, Opening(tuple(factors), None, session_id))


def goes_on(
    status: str, password_set: datetime | None, auth_time: datetime, factors: Collection[str]
) -> bool:
    """Whether a user in this state, with a password of that age, is signed in since `auth_time`.

    Whether the password must be changed is nothing to who came from another provider.
    """
    is_stale = password_set is not None and auth_time < password_set
    is_settled = status in {"CONFIRMED", "EXTERNAL_PROVIDER"} or FEDERATION in factors
    return is_settled and not is_stale


def end(session: Session, pool_id: str, value: str) -> None:
    session.execute(
        delete(BrowserSession).where(
            BrowserSession.id_hash == _hash(value), BrowserSession.pool_id == pool_id
        )
    )


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
