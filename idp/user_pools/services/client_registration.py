"""Clients that register themselves (RFC 7591) and look after their registration (RFC 7592).

Such a client is an ordinary app client with a document beside it, which holds the hash of its
registration access token. Initial access tokens are documents of the pool, hashed as well.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.models import PoolDocument, UserPool, UserPoolClient
from idp.user_pools.rules import provider_settings, registration_requests
from idp.user_pools.services import (
    client_documents,
    clients,
    documents,
    oauth_settings,
    open_registrations,
    quotas,
)
from kernel.aws.operations import Call
from kernel.clock import Randomness
from kernel.runtime import Kernel
from kernel.tokens import encoding

INITIAL = "registration_token"
TOKEN_BYTES = 32
LONGEST_TOKEN = 200
MOST_CLIENTS = 1000
"""Of one pool that had a token, beside the quota of all its clients and those of strangers."""
MOST_TOKENS = 100


class Unauthorised(Exception):
    """No token, or one that is not good for this."""


@dataclass(frozen=True)
class Registered:
    """A client as its registration endpoint describes it."""

    client_id: str
    issued: datetime
    secret: str | None = field(repr=False)
    metadata: Mapping[str, Any]


def make_initial_token(
    session: Session, randomness: Randomness, pool_id: str, lifetime: timedelta, now: datetime
) -> str:
    """A token that lets clients register with the pool until it expires. Those that have expired
    are forgotten. Raises `LimitExceeded`."""
    for row in documents.page(session, pool_id, INITIAL, "", MOST_TOKENS):
        if _expiry(row) <= now:
            session.delete(row)
    session.flush()
    if len(documents.page(session, pool_id, INITIAL, "", MOST_TOKENS)) >= MOST_TOKENS:
        raise LimitExceeded(f"There are {MOST_TOKENS} registration tokens already.")
    token = encoding.encode(randomness.bytes(TOKEN_BYTES))
    expires = {"expires": int((now + lifetime).timestamp())}
    documents.add(session, pool_id, INITIAL, _hash(token), expires, now)
    return token


def admit(session: Session, pool_id: str, token: str | None, now: datetime) -> bool:
    """Whether a token lets the client in, and not just the pool, which lets everybody in. Raises
    `Unauthorised` otherwise, and for a pool that does not exist."""
    mode = provider_settings.parse(oauth_settings.of_pool(session, pool_id)).dynamic_registration
    has_token = token is not None and _is_good(session, pool_id, token, now)
    if mode == "off" or not (has_token or mode == "open"):
        raise Unauthorised
    return has_token


def _is_good(session: Session, pool_id: str, token: str, now: datetime) -> bool:
    """Found by its hash: how long that takes says nothing of the token."""
    if len(token) > LONGEST_TOKEN:
        return False
    row = documents.find(session, pool_id, INITIAL, _hash(token))
    return row is not None and _expiry(row) > now


def register(
    session: Session, call: Call, pool: UserPool, token: str | None, given: Any, own_token: str
) -> Registered:
    """A new client that keeps `own_token` to look after itself. Raises `Unauthorised`,
    `InvalidMetadata`, `WrongSetting`, and `IdpError` where an app client cannot be so."""
    now = call.kernel.clock.now()
    has_token = admit(session, pool.id, token, now)
    quotas.wait_for_turn(session, pool.id)
    _check_room(session, pool.id, has_token)
    wanted = registration_requests.read(given, pool.schema, _needed(pool))
    client = clients.create(session, call, pool, wanted.client)
    oauth_settings.set_for_client(session, pool.id, client.id, wanted.document, now)
    registration = {"token": _hash(own_token)}
    documents.add(session, pool.id, documents.CLIENT_REGISTRATION, client.id, registration, now)
    if not has_token:
        open_registrations.note(session, pool.id, client.id, now)
    return _described(session, call.kernel, client)


def read(session: Session, kernel: Kernel, client_id: str, token: str) -> Registered:
    """Raises `Unauthorised`, for a client that does not exist too (RFC 7592 §2.1)."""
    return _described(session, kernel, _owned(session, client_id, token))


def replace(session: Session, call: Call, client_id: str, token: str, given: Any) -> Registered:
    """The client with other metadata; what is left out returns to its default (RFC 7592 §2.2).

    The secret stays: a client that had one goes on having one. Raises what `register` raises.
    """
    client = _owned(session, client_id, token)
    pool = session.get_one(UserPool, client.pool_id)
    wanted = registration_requests.read(given, pool.schema, _needed(pool))
    has_secret = bool(clients.secret_rows(session, client_id))
    if wanted.client["GenerateSecret"] != has_secret:
        raise registration_requests.InvalidMetadata(
            "token_endpoint_auth_method cannot change between those with and without a secret."
        )
    clients.update(session, call, pool, {**wanted.client, "ClientId": client_id})
    now = call.kernel.clock.now()
    oauth_settings.set_for_client(session, pool.id, client_id, wanted.document, now)
    return _described(session, call.kernel, client)


def delete(session: Session, kernel: Kernel, client_id: str, token: str) -> None:
    """End the client; the caller announces the end of its sign-ins. Raises `Unauthorised`."""
    client = _owned(session, client_id, token)
    client_documents.delete_client(session, client, kernel.clock.now())


def _check_room(session: Session, pool_id: str, has_token: bool) -> None:
    """Strangers take no room from those who have a token."""
    strangers = _count(session, pool_id, documents.OPEN_REGISTRATION)
    if has_token:
        is_full = (
            _count(session, pool_id, documents.CLIENT_REGISTRATION) - strangers >= MOST_CLIENTS
        )
    else:
        is_full = strangers >= open_registrations.MOST
    if is_full:
        raise LimitExceeded("There are as many registered clients as there can be.")


def _count(session: Session, pool_id: str, kind: str) -> int:
    kept = documents.keys(pool_id, kind).limit(MOST_CLIENTS + open_registrations.MOST)
    return session.scalar(select(func.count()).select_from(kept.subquery())) or 0


def _owned(session: Session, client_id: str, token: str) -> UserPoolClient:
    client = session.get(UserPoolClient, client_id, with_for_update=True)
    row = client and documents.find(
        session, client.pool_id, documents.CLIENT_REGISTRATION, client_id
    )
    stored = row.document["token"] if row else ""
    if client is None or not hmac.compare_digest(stored, _hash(token)):
        raise Unauthorised
    return client


def _needed(pool: UserPool) -> list[str]:
    """What the sign-up page writes, but for what the pool requires anyway."""
    names = ("UsernameAttributes", "AutoVerifiedAttributes")
    return [each for name in names for each in pool.settings.get(name, ())]


def _described(session: Session, kernel: Kernel, client: UserPoolClient) -> Registered:
    secrets = clients.open_secrets(session, kernel, client.id)
    document = oauth_settings.of_client(session, client.pool_id, client.id)
    metadata = registration_requests.describe(client.settings, client.name, document)
    return Registered(client.id, client.created, secrets[-1] if secrets else None, metadata)


def _expiry(row: PoolDocument) -> datetime:
    return datetime.fromtimestamp(row.document["expires"], UTC)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
