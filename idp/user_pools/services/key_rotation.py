"""Carries out what `rules.key_rotation` says of a pool's keys, in the server and from outside.

Keys are made before the unit of work, which decides again with its pool locked: of two workers,
nodes or operators that rotate at the same time, the second finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import PoolDocument, PoolSigningKey
from idp.user_pools.rules import key_rotation as rules
from idp.user_pools.rules import provider_settings
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.key_rotation import Key, Plan, Turn
from idp.user_pools.rules.provider_settings import ProviderSettings
from idp.user_pools.services import oauth_settings, pools, signing_keys
from kernel.clock import Clock
from kernel.database import Database
from kernel.sealing import Sealer
from kernel.threads import compute
from kernel.tokens.keys import SigningKey

SIGNING, EVERY = "signing", "all"
"""What may have leaked, beside a key by its `kid`."""

log = structlog.get_logger("poolgate.signing_keys")


class UnknownSigningKey(Exception):
    """The pool has no key of that name."""


@dataclass(frozen=True)
class Order:
    """What shall be done with a pool's keys."""

    pool_id: str
    turn: Turn
    leaked: str | None = None
    """`SIGNING`, `EVERY`, or the `kid` of a key."""


@dataclass(frozen=True)
class Result:
    """What was done, and the keys as they are now, in order."""

    plan: Plan
    algorithm: str
    """The pool's: of new keys."""
    keys: Sequence[Key] = ()


def carry_out(database: Database, sealer: Sealer, clock: Clock, order: Order) -> Result:
    """Raises `PoolNotFound`, `UnknownSigningKey`. In a server, announce it afterwards; workers of
    other processes notice by themselves (`key_feed`)."""
    made: list[SigningKey] = []
    while True:
        result = database.write(_unit, sealer, order, made, clock.now())
        if result.keys:
            return result
        made += compute(signing_keys.make, result.plan.new_keys, result.algorithm)


def due(session: Session, now: datetime) -> list[str]:
    """The pools whose keys a schedule, a new algorithm or time itself wants changed."""
    kept = PoolDocument.kind == oauth_settings.POOL_KIND
    asked = session.scalars(select(PoolDocument.pool_id).where(kept)).all()
    over = session.scalars(select(PoolSigningKey.pool_id).where(PoolSigningKey.retires <= now))
    return [each for each in sorted({*asked, *over}) if _is_due(session, each, now)]


def _is_due(session: Session, pool_id: str, now: datetime) -> bool:
    keys = [_key(row) for row in _rows(session, pool_id)]
    try:
        settings = _settings(session, pool_id)
    except WrongSetting:
        log.warning("provider_settings_unusable", pool=pool_id)
        return False
    # A pool without keys is being imported, or deleted.
    return bool(keys) and rules.plan(keys, settings, now, Turn.WHEN_DUE).changes


def _unit(
    session: Session, sealer: Sealer, order: Order, made: Sequence[SigningKey], now: datetime
) -> Result:
    """A result without keys says which keys have to be made first."""
    pool = pools.present(session, order.pool_id, to_change=True)
    settings, rows = _settings(session, pool.id), _rows(session, pool.id)
    keys = [_key(row) for row in rows]
    plan = rules.plan(keys, settings, now, order.turn, _leaked(keys, order.leaked))
    result = Result(plan, settings.signing_algorithm)
    fit = [key for key in made if key.algorithm == settings.signing_algorithm]
    if len(fit) < plan.new_keys:
        return result
    _apply(session, sealer, pool.id, plan, rows, fit, now)
    session.flush()
    return replace(result, keys=[_key(row) for row in _rows(session, pool.id)])


def _leaked(keys: Sequence[Key], leaked: str | None) -> frozenset[str]:
    if leaked is None:
        return frozenset()
    kids = [key.kid for key in keys]
    if leaked == EVERY:
        return frozenset(kids)
    if leaked == SIGNING:
        return frozenset(kids[:1])
    if leaked not in kids:
        raise UnknownSigningKey(leaked)
    return frozenset({leaked})


def _apply(
    session: Session,
    sealer: Sealer,
    pool_id: str,
    plan: Plan,
    rows: Sequence[PoolSigningKey],
    made: Sequence[SigningKey],
    now: datetime,
) -> None:
    kept = {row.kid: row for row in rows if row.kid not in plan.gone}
    for row in rows:
        if row.kid in plan.gone:
            session.delete(row)
    new = iter(made)
    for position, kid in enumerate((plan.signs, plan.waits)):
        if kid is None:
            signing_keys.add(session, sealer, pool_id, next(new), now, position)
        else:
            kept[kid].position = position
    if plan.turned and plan.signs:
        kept[plan.signs].signs_since = now
    if plan.retires:
        kept[plan.retires].retires = now + rules.RETIRING
    retiring = sorted(
        (row for row in kept.values() if row.retires), key=lambda row: row.retires or now
    )
    for position, row in enumerate(reversed(retiring), 2):
        row.position = position


def _rows(session: Session, pool_id: str) -> list[PoolSigningKey]:
    of_pool = select(PoolSigningKey).where(PoolSigningKey.pool_id == pool_id)
    return list(session.scalars(of_pool.order_by(PoolSigningKey.position)))


def _key(row: PoolSigningKey) -> Key:
    return Key(row.kid, row.public_jwk["alg"], row.created, row.signs_since, row.retires)


def _settings(session: Session, pool_id: str) -> ProviderSettings:
    return provider_settings.parse(oauth_settings.of_pool(session, pool_id))
