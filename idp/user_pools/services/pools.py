"""User pools as resources of an account and region."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, PoolNotFound
from idp.models import (
    PoolDocument,
    PoolDomain,
    PoolSigningKey,
    ResourceServer,
    User,
    UserPool,
    UserPoolClient,
)
from idp.models.pools import NOBODYS
from idp.user_pools.rules import acr, mfa_settings, schema, second_factors
from idp.user_pools.rules.passwords import PasswordPolicy
from idp.user_pools.services import (
    pool_settings,
    quick_reads,
    quotas,
    signing_keys,
    tier_changes,
)
from kernel.aws.operations import Call
from kernel.clock import Randomness
from kernel.statements import Rows
from kernel.tokens.keys import SigningKey

ID_ALPHABET = string.ascii_letters + string.digits
KEYS_OF_A_POOL = 2
COUNTED_USERS = 10_000
DELETED_AT_ONCE = 500
APART = (second_factors.MEMBER, mfa_settings.PASSKEYS)
"""Members of a pool's settings that GetUserPoolMfaConfig tells."""


def new_id(region: str, randomness: Randomness) -> str:
    return f"{region}_{randomness.text(9, ID_ALPHABET)}"


def arn(pool: UserPool) -> str:
    return f"arn:aws:cognito-idp:{pool.region}:{pool.account}:userpool/{pool.id}"


def present(session: Session, pool_id: str, *, to_change: bool = False) -> UserPool:
    """The pool, whosever it is, for what is no account's affair. Raises `PoolNotFound`, for one
    that is withdrawn too. Nobody else changes one that was found `to_change` within this unit."""
    pool = session.get(UserPool, pool_id, with_for_update=to_change or None)
    if pool is None or pool.is_withdrawn:
        raise PoolNotFound(pool_id)
    return pool


def all_present(session: Session) -> Sequence[UserPool]:
    """Every account's, in the order of their ids."""
    mine = select(UserPool).where(UserPool.account != NOBODYS)
    return session.scalars(mine.order_by(UserPool.id)).all()


def require(session: Session, call: Call, pool_id: str) -> UserPool:
    """The pool, if it belongs to the caller's account and region. Raises `PoolNotFound`."""
    pool = session.get(UserPool, pool_id)
    if pool is None or not is_of(pool, call):
        raise PoolNotFound(pool_id)
    return pool


def look(rows: Rows, call: Call, pool_id: str) -> UserPool:
    """`require`, for units that change nothing."""
    pool = quick_reads.pool_by_id(rows, pool_id)
    if pool is None or not is_of(pool, call):
        raise PoolNotFound(pool_id)
    return pool


def is_of(pool: UserPool, call: Call) -> bool:
    """Whether the pool belongs to the caller's account and region."""
    return (pool.account, pool.region) == (call.account, call.region)


def create(
    session: Session, call: Call, request: Mapping[str, Any], keys: Sequence[SigningKey]
) -> UserPool:
    """A pool with its signing keys; the keys are made before, since that takes long."""
    now = call.kernel.clock.now()
    quotas.wait_for_turn_of_account(session, call)
    present = select(UserPool.id).where(
        UserPool.account == call.account, UserPool.region == call.region
    )
    quotas.check_room(session, call.kernel, "user_pools_per_account", present)
    pool = UserPool(
        id=new_id(call.region, call.kernel.randomness),
        account=call.account,
        region=call.region,
        name=request["PoolName"],
        settings=pool_settings.for_new_pool(request),
        schema=schema.pool_schema(request.get("Schema", [])),
        created=now,
        modified=now,
    )
    session.add(pool)
    session.flush()
    signing_keys.store(session, call.kernel.sealer, pool.id, keys, now)
    return pool


def update(session: Session, call: Call, request: Mapping[str, Any]) -> None:
    """Raises `TierChangeNotAllowed`, and what `pool_settings.for_update` raises."""
    pool = require(session, call, request["UserPoolId"])
    settings = pool_settings.for_update(pool.settings, request)
    tier_changes.check(session, pool, settings)
    pool.settings = settings
    pool.name = request.get("PoolName", pool.name)
    pool.modified = call.kernel.clock.now()


def delete(session: Session, call: Call, pool_id: str) -> None:
    pool = require(session, call, pool_id)
    if pool.settings["DeletionProtection"] == "ACTIVE":
        raise InvalidParameter(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    if session.scalar(select(PoolDomain.domain).where(PoolDomain.pool_id == pool_id)):
        raise InvalidParameter(
            "User pool cannot be deleted. It has a domain configured that should be deleted first."
        )
    if _has_many_users(session, pool_id):
        _withdraw(session, pool)
    else:
        session.delete(pool)


def _has_many_users(session: Session, pool_id: str) -> bool:
    beyond = select(User.id).where(User.pool_id == pool_id).offset(DELETED_AT_ONCE).limit(1)
    return session.scalar(beyond) is not None


def _withdraw(session: Session, pool: UserPool) -> None:
    """Take away all that a pool is reached by. Its users follow in small units (`delete_some`),
    since nobody could sign in anywhere while a million rows were deleted in one."""
    for model in (UserPoolClient, ResourceServer, PoolSigningKey, PoolDocument):
        session.execute(delete_rows(model).where(model.pool_id == pool.id))
    pool.account = NOBODYS


def delete_some(session: Session) -> bool:
    """Delete some users of a withdrawn pool, and the pool after the last; whether more is left."""
    pool = session.scalar(select(UserPool).where(UserPool.account == NOBODYS).limit(1))
    if pool is None:
        return False
    some = select(User.id).where(User.pool_id == pool.id).limit(DELETED_AT_ONCE)
    users = session.scalars(some).all()
    session.execute(delete_rows(User).where(User.id.in_(users)))
    if not users:
        session.delete(pool)
    return True


def page(session: Session, call: Call, after: str, limit: int) -> Sequence[UserPool]:
    """Pools in the order of their ids, one more than `limit` when there are more."""
    mine = (UserPool.account == call.account, UserPool.region == call.region)
    return session.scalars(
        select(UserPool).where(*mine, UserPool.id > after).order_by(UserPool.id).limit(limit + 1)
    ).all()


def add_custom_attributes(session: Session, call: Call, request: Mapping[str, Any]) -> None:
    pool = require(session, call, request["UserPoolId"])
    pool.schema = schema.with_custom_attributes(pool.schema, request["CustomAttributes"])
    pool.modified = call.kernel.clock.now()


def describe(session: Session, pool: UserPool) -> dict[str, Any]:
    """UserPoolType."""
    domains = {
        "CustomDomain" if domain.settings.get("CustomDomainConfig") else "Domain": domain.domain
        for domain in session.scalars(select(PoolDomain).where(PoolDomain.pool_id == pool.id))
    }
    shown = {name: value for name, value in pool.settings.items() if name not in APART}
    return {
        **shown,
        "AcrConfiguration": acr.effective(pool.settings.get("AcrConfiguration", {})),
        **domains,
        "Id": pool.id,
        "Name": pool.name,
        "Arn": arn(pool),
        "SchemaAttributes": pool.schema,
        "EstimatedNumberOfUsers": _estimated_users(session, pool.id),
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
    }


def _estimated_users(session: Session, pool_id: str) -> int:
    """Exact while it takes no longer than a page of the index; a million are not counted.

    Ids are random UUIDs, so the part of their range that the first ones fill tells how many there
    are in all, to about one in a hundred.
    """
    ids = select(User.id).where(User.pool_id == pool_id).order_by(User.id)
    first = ids.limit(COUNTED_USERS).subquery()
    found = session.execute(select(func.count(), func.max(first.c.id)).select_from(first)).one()
    number, last = int(found[0]), str(found[1])
    if number < COUNTED_USERS:
        return number
    return round(number * 2**32 / (int(last[:8], 16) + 1))


def password_policy(pool: UserPool) -> PasswordPolicy:
    return PasswordPolicy.from_settings(pool.settings["Policies"]["PasswordPolicy"])
