"""Rotates the signing keys of pools whose settings ask for it, and deletes those that have retired.

One worker at a time does it. That it is not done twice rests on `key_rotation`, not on this.
"""

from __future__ import annotations

import threading

import structlog

from idp.errors import PoolNotFound
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import key_rotation, signing_keys
from idp.user_pools.services.key_rotation import Order
from kernel.runtime import Kernel

INTERVAL_SECONDS = 300.0

log = structlog.get_logger("poolgate.signing_keys")


class KeySchedule:
    """The periodic job of one worker. Start it after the worker is forked."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="key-schedule", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for a run that is under way."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(INTERVAL_SECONDS):
            if not self._kernel.shared_state.claim("key-schedule", INTERVAL_SECONDS / 2):
                continue
            try:
                rotate_due(self._kernel)
            except Exception:
                # A database that is away now is looked at five minutes later.
                log.warning("key_schedule_failed", exc_info=True)


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
