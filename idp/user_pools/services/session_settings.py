"""Whether a pool tracks sessions, how many a user may have, and how long a browser's are reused.

They are documents of the pool (`PoolDocument`): one of its own, and one for each client that was
configured. A sign-in has them with its client, in memory (`subjects.load_client`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from idp.errors import OperationNotEnabled
from idp.models import PoolDocument, UserPool
from idp.user_pools.rules import tiers
from idp.user_pools.services import documents
from kernel.statements import Prepared, Rows

POOL_KIND, POOL_KEY = "session", "pool"
CLIENT_KIND = "client_session"

MOST_PER_USER = 20
REUSE_MINUTES = 60
"""The defaults of UserPoolTokenSessionConfigType and ClientSSOSessionConfigType."""

DOCUMENTS = Prepared(
    select(PoolDocument.kind, PoolDocument.key, PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        or_(PoolDocument.kind == POOL_KIND, PoolDocument.kind == CLIENT_KIND),
    )
)


@dataclass(frozen=True)
class SessionSettings:
    """What holds for one client of a pool."""

    tracks: bool = False
    most_per_user: int = MOST_PER_USER
    """Token sessions that a user may have in the pool."""
    reuse: timedelta = timedelta(minutes=REUSE_MINUTES)
    """How long after a sign-in the client takes a browser's session for one."""
    longest_reuse: timedelta = timedelta(minutes=REUSE_MINUTES)
    """The same of the client of this pool that takes it for longest."""


UNTRACKED = SessionSettings()


def load(rows: Rows, pool_id: str, client_id: str) -> SessionSettings:
    """The settings of a client, which are dormant where the pool does not track sessions."""
    found = {(kind, key): document for kind, key, document in rows.all(DOCUMENTS, pool_id=pool_id)}
    pool = found.get((POOL_KIND, POOL_KEY), {})
    if pool.get("UserSessionTracking") != "ENABLED":
        return UNTRACKED
    minutes = {key: _minutes(doc) for (kind, key), doc in found.items() if kind == CLIENT_KIND}
    return SessionSettings(
        True,
        pool["TokenSession"]["MaxPerUser"],
        timedelta(minutes=minutes.get(client_id, REUSE_MINUTES)),
        timedelta(minutes=max([REUSE_MINUTES, *minutes.values()])),
    )


def of_pool(session: Session, pool: UserPool) -> dict[str, Any]:
    """GetUserPoolSessionConfigurationResponse."""
    found = documents.find(session, pool.id, POOL_KIND, POOL_KEY)
    settings = found.document if found else _pool_document("DISABLED", MOST_PER_USER)
    return {"UserPoolId": pool.id, **settings}


def set_for_pool(
    session: Session, pool: UserPool, request: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Replace the pool's settings. Raises `FeatureUnavailableInTier`."""
    tiers.check(pool.settings, "SessionConfiguration")
    document = _pool_document(request["UserSessionTracking"], request["TokenSession"]["MaxPerUser"])
    documents.put(session, pool.id, POOL_KIND, POOL_KEY, document, now)
    return {"UserPoolId": pool.id, **document}


def of_client(session: Session, pool: UserPool, client_id: str) -> dict[str, Any]:
    """GetUserPoolClientSessionConfigurationResponse."""
    found = documents.find(session, pool.id, CLIENT_KIND, client_id)
    settings = found.document if found else _client_document(REUSE_MINUTES)
    return {"UserPoolId": pool.id, "ClientId": client_id, **settings}


def set_for_client(
    session: Session, pool: UserPool, client_id: str, request: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Replace a client's settings. Raises `FeatureUnavailableInTier`, `OperationNotEnabled`."""
    tiers.check(pool.settings, "SessionConfiguration")
    require_tracking(session, pool)
    document = _client_document(request["SSOSession"]["MaxValidityMinutes"])
    documents.put(session, pool.id, CLIENT_KIND, client_id, document, now)
    return {"UserPoolId": pool.id, "ClientId": client_id, **document}


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    """Drop what was configured for a client that is deleted."""
    documents.remove(session, pool_id, CLIENT_KIND, client_id)


def require_tracking(session: Session, pool: UserPool) -> None:
    """Raises `OperationNotEnabled` where the pool does not track sessions."""
    if of_pool(session, pool)["UserSessionTracking"] != "ENABLED":
        raise OperationNotEnabled("Session tracking is not enabled for the user pool.")


def _pool_document(tracking: str, most_per_user: int) -> dict[str, Any]:
    return {"UserSessionTracking": tracking, "TokenSession": {"MaxPerUser": most_per_user}}


def _client_document(minutes: int) -> dict[str, Any]:
    return {"SSOSession": {"MaxValidityMinutes": minutes}}


def _minutes(document: Mapping[str, Any]) -> int:
    return int(document["SSOSession"]["MaxValidityMinutes"])
