"""Risk configurations: a pool's own, and those of clients that replace it as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from idp.models import PoolDocument, UserPool
from idp.user_pools.rules import risk_policy
from idp.user_pools.rules.risk_policy import MEMBERS, RiskPolicy
from idp.user_pools.services import clients, documents, pools
from idp.user_pools.services.subjects import ClientContext
from kernel.aws.operations import Call
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

KIND = documents.RISK
OF_THE_POOL = ""

# The client's comes first where there are two: "this configuration applies to all user pool app
# clients that don't have client-level settings".
NEAREST = Prepared(
    select(PoolDocument.document)
    .where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        or_(PoolDocument.key == bindparam("client_id"), PoolDocument.key == OF_THE_POOL),
    )
    .order_by(PoolDocument.key.desc())
    .limit(1)
)


def policy(kernel: Kernel, context: ClientContext) -> RiskPolicy:
    """What holds for a client, from memory while nobody changes it."""
    return kernel.database.look_up(_policy, kernel, context)


def _policy(rows: Rows, kernel: Kernel, context: ClientContext) -> RiskPolicy:
    def load() -> RiskPolicy:
        row = rows.first(NEAREST, pool_id=context.pool.id, client_id=context.client.id)
        return risk_policy.read({} if row is None else row[0])

    found = kernel.configuration.get(rows, (RiskPolicy, context.client.id), load)
    return found or RiskPolicy()


def require_pool(session: Session, call: Call, pool_id: str) -> UserPool:
    """The caller's pool. Raises `PoolNotFound`, `AddOnNotEnabled`."""
    pool = pools.require(session, call, pool_id)
    risk_policy.require(pool.settings)
    return pool


def store(session: Session, call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """SetRiskConfiguration: replaces the whole configuration; without any member it is reset.

    Raises `InvalidParameter`, and what `require_pool` and `clients.require` raise.
    """
    pool, key = _whose(session, call, request)
    document = {name: request[name] for name in MEMBERS if name in request}
    risk_policy.check(document)
    now = call.kernel.clock.now()
    if not document:
        documents.remove(session, pool.id, KIND, key)
        return {**_names(pool, key), "LastModifiedDate": now}
    return _described(pool, documents.put(session, pool.id, KIND, key, document, now))


def describe(session: Session, call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """RiskConfigurationType of the pool or of the client itself, not what the client inherits."""
    pool, key = _whose(session, call, request)
    row = documents.find(session, pool.id, KIND, key)
    return _names(pool, key) if row is None else _described(pool, row)


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    """A client that is deleted takes its configuration along."""
    documents.remove(session, pool_id, KIND, client_id)


def _whose(session: Session, call: Call, request: Mapping[str, Any]) -> tuple[UserPool, str]:
    pool = require_pool(session, call, request["UserPoolId"])
    client_id = request.get("ClientId")
    if client_id is None:
        return pool, OF_THE_POOL
    return pool, clients.require(session, pool, client_id).id


def _described(pool: UserPool, row: PoolDocument) -> dict[str, Any]:
    return {**_names(pool, row.key), **row.document, "LastModifiedDate": row.modified}


def _names(pool: UserPool, key: str) -> dict[str, Any]:
    return {"UserPoolId": pool.id, **({"ClientId": key} if key else {})}
