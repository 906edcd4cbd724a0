"""What an operator and time do to a pool's signing keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from idp.models import PoolSigningKey
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import key_rotation, oauth_settings
from idp.user_pools.services.key_rotation import Order, Result
from tests.idp.user_pools.operations.world import Pool, World


def rotate(pool: Pool, turn: Turn = Turn.AT_ONCE, leaked: str | None = None) -> Result:
    kernel = pool.world.kernel
    order = Order(pool.id, turn, leaked)
    return key_rotation.carry_out(kernel.database, kernel.sealer, kernel.clock, order)


def configure(pool: Pool, **settings: Any) -> None:
    kernel = pool.world.kernel
    kernel.database.write(oauth_settings.set_for_pool, pool.id, settings, kernel.clock.now())


def wait(world: World, seconds: float) -> None:
    world.time.now += seconds


def rows(pool: Pool) -> list[PoolSigningKey]:
    """The pool's rows, the signing one first."""
    of_pool = select(PoolSigningKey).where(PoolSigningKey.pool_id == pool.id)
    return pool.world.kernel.database.read(
        lambda session: list(session.scalars(of_pool.order_by(PoolSigningKey.position)))
    )
