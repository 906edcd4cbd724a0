"""Rotates the signing keys of pools whose settings ask for it, and deletes those that have retired.

One worker at a time does it. That it is not done twice rests on `key_rotation`, not on this.
"""

from __future__ import annotations

import structlog

from idp.errors import PoolNotFound
from idp.periodic_job import PeriodicJob
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import key_rotation, signing_keys
from idp.user_pools.services.key_rotation import Order
from kernel.runtime import Kernel

log = structlog.get_logger("poolgate.signing_keys")


class KeySchedule(PeriodicJob):
    name, seconds = "key-schedule", 300.0

    def work(self) -> None:
        rotate_due(self._kernel)


def rotate_due(kernel: Kernel) -> None:
    """Change the keys of every pool that is due now."""
    for pool_id in kernel.database.read(key_rotation.due, kernel.clock.now()):
        order = Order(pool_id, Turn.WHEN_DUE)
        try:
            done = key_rotation.carry_out(kernel.database, kernel.sealer, kernel.clock, order)
        except PoolNotFound:
            continue
        if done.plan.changes:
            log.info("signing_keys_changed", pool=pool_id, signing=done.keys[0].kid)
        signing_keys.announce_withdrawal(kernel, pool_id)
