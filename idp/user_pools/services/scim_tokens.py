"""Bearer tokens of the SCIM endpoint: a pool has an endpoint while it has a token.

A token is `ID.SECRET`. Only its hash is stored; the id finds it, is listed and may be logged.
"""

from __future__ import annotations

import hashlib
import hmac
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.models import PoolDocument
from idp.user_pools.services import documents
from kernel.clock import Randomness
from kernel.statements import Prepared, Rows
from kernel.tokens import encoding

KIND = "scim_token"
SECRET_BYTES = 32
ID_ALPHABET = string.ascii_lowercase + string.digits
ID_LENGTH = 12
LONGEST = 200
MOST_TOKENS = 20
"""Of one pool."""

FIND = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        PoolDocument.key == bindparam("key"),
    )
)


@dataclass(frozen=True)
class ListedToken:
    """A token as it is shown: without anything that it could be used by."""

    id: str
    name: str
    created: datetime
    expires: datetime


def make(
    session: Session,
    randomness: Randomness,
    pool_id: str,
    name: str,
    lifetime: timedelta,
    now: datetime,
) -> str:
    """A new token. Those that have expired are forgotten. Raises `LimitExceeded`."""
    for row in documents.page(session, pool_id, KIND, "", MOST_TOKENS):
        if _expiry(row.document) <= now:
            session.delete(row)
    session.flush()
    if len(documents.page(session, pool_id, KIND, "", MOST_TOKENS)) >= MOST_TOKENS:
        raise LimitExceeded(f"The pool has {MOST_TOKENS} SCIM tokens already: revoke one.")
    token_id = randomness.text(ID_LENGTH, ID_ALPHABET)
    token = f"{token_id}.{encoding.encode(randomness.bytes(SECRET_BYTES))}"
    document = {
        "hash": _hash(token),
        "name": name,
        "expires": int((now + lifetime).timestamp()),
    }
    documents.add(session, pool_id, KIND, token_id, document, now)
    return token


def listed(session: Session, pool_id: str) -> Sequence[ListedToken]:
    """The pool's tokens, those that have expired too."""
    return [
        ListedToken(row.key, row.document["name"], row.created, _expiry(row.document))
        for row in documents.page(session, pool_id, KIND, "", MOST_TOKENS)
    ]


def revoke(session: Session, pool_id: str, token_id: str) -> bool:
    """End a token; whether there was one."""
    row = documents.find(session, pool_id, KIND, token_id, to_change=True)
    if row is not None:
        session.delete(row)
    return row is not None


def admit(rows: Rows, pool_id: str, token: str, now: datetime) -> str | None:
    """The id of a token that is good for the pool; None for any other.

    A pool without tokens, and one that does not exist, take the same look and the same comparison.
    """
    if len(token) > LONGEST or not token.isascii() or not token.isprintable():
        return None
    token_id = token.partition(".")[0]
    found = rows.first(FIND, pool_id=pool_id, key=token_id)
    document: dict[str, Any] = {"hash": "", "expires": 0} if found is None else found[0]
    is_right = hmac.compare_digest(document["hash"], _hash(token))
    return token_id if is_right and _expiry(document) > now else None


def _expiry(document: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(document["expires"], UTC)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
