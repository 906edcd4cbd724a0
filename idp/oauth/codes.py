"""Authorization codes: 256 random bits, stored as a hash, five minutes, redeemed once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from idp.models import AuthorizationCode, BrowserSession
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.sessions import SignedIn
from kernel.statements import Prepared, Rows, loader
from kernel.tokens import encoding

CODE_BYTES = 32
LIFETIME = timedelta(minutes=5)

CODE = Prepared(
    select(*AuthorizationCode.__table__.columns).where(
        AuthorizationCode.code_hash == bindparam("code")
    )
)
CLAIM = Prepared(
    update(AuthorizationCode)
    .where(AuthorizationCode.code_hash == bindparam("code"), AuthorizationCode.redeemed.is_(None))
    .values(redeemed=bindparam("now"), family_id=bindparam("family"))
)
_code = loader(AuthorizationCode)


class CodeSpent(Exception):
    """Someone redeemed the code first."""


class SessionOver(Exception):
    """The browser session in which a code was asked for has ended meanwhile."""


def new_code(random_bytes: Callable[[int], bytes]) -> str:
    """A code that nobody guesses."""
    return encoding.encode(random_bytes(CODE_BYTES))


def hash_of(code: str) -> bytes:
    """What is stored of a code."""
    return hashlib.sha256(code.encode()).digest()


def store(
    session: Session,
    code: str,
    request: AuthorizationRequest,
    signed_in: SignedIn,
    now: datetime,
) -> None:
    session.add(
        AuthorizationCode(
            code_hash=hash_of(code),
            pool_id=request.client.pool_id,
            client_id=request.client.client_id,
            user_id=signed_in.user_id,
            redirect_uri=request.redirect_uri,
            scopes=list(request.scopes),
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            auth_time=signed_in.auth_time,
            expires=now + LIFETIME,
            factors=list(signed_in.opening.factors),
            browser_session_id=signed_in.opening.browser_session_id,
            binding=dict(request.binding),
        )
    )


def note_use(session: Session, signed_in: SignedIn, now: datetime) -> None:
    """A session that is revoked in the same moment must not leave a code behind: whoever ends it
    waits for this unit and takes its code along, or was first, and then there is none. Raises
    `SessionOver`."""
    session_id = signed_in.opening.browser_session_id
    row = session.scalar(
        select(BrowserSession).where(BrowserSession.session_id == session_id).with_for_update()
    )
    if row is None:
        raise SessionOver
    row.last_active = now


def find(rows: Rows, code_hash: bytes) -> AuthorizationCode | None:
    """The code as it was issued, spent and expired ones included."""
    row = rows.first(CODE, code=code_hash)
    return None if row is None else _code(row)


def claim(rows: Rows, code_hash: bytes, family_id: str, now: datetime) -> None:
    """Spend the code on a refresh family. Raises `CodeSpent` for all but the first."""
    if rows.run(CLAIM, code=code_hash, now=now, family=family_id) != 1:
        raise CodeSpent
