"""Authorization codes: 256 random bits, stored as a hash, five minutes, redeemed once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.models import AuthorizationCode
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.sessions import SignedIn
from kernel.tokens import encoding

CODE_BYTES = 32
LIFETIME = timedelta(minutes=5)


class CodeSpent(Exception):
    """Someone redeemed the code first."""


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
        )
    )


def find(session: Session, code: str) -> AuthorizationCode | None:
    """The code as it was issued, spent and expired ones included."""
    return session.scalar(
        select(AuthorizationCode).where(AuthorizationCode.code_hash == hash_of(code))
    )


def claim(session: Session, code_hash: bytes, family_id: str, now: datetime) -> None:
    """Spend the code on a refresh family. Raises `CodeSpent` for all but the first."""
    claimed = session.scalar(
        update(AuthorizationCode)
        .where(AuthorizationCode.code_hash == code_hash, AuthorizationCode.redeemed.is_(None))
        .values(redeemed=now, family_id=family_id)
        .returning(AuthorizationCode.code_hash)
    )
    if claimed is None:
        raise CodeSpent


def family_bought(session: Session, code_hash: bytes) -> str | None:
    """The refresh family that the code was spent on."""
    return session.scalar(
        select(AuthorizationCode.family_id).where(AuthorizationCode.code_hash == code_hash)
    )
