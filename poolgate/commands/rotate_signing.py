"""`poolgate keys rotate-signing`: the next key signs a pool's tokens, or a leaked one is withdrawn.

Running servers follow within a second: they look at the database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime

from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.key_rotation import FRESH_SECONDS, STALE_SECONDS, Key, Turn
from idp.user_pools.services import key_rotation
from idp.user_pools.services.key_rotation import Order, Result, UnknownSigningKey
from kernel import sealing
from kernel.clock import Clock
from kernel.database import Database
from kernel.settings import Settings
from poolgate.commands.frame import Refused, on_database


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _rotate(arguments, settings, database))


def _rotate(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    """1 where nothing was rotated, since the next key has to wait."""
    pool_id, leaked = arguments.pool, arguments.leaked
    turn = Turn.AT_ONCE if arguments.now else Turn.IF_READY
    if leaked is not None:
        turn = Turn.WHEN_DUE  # what leaked is replaced in any case; any other key goes on
    order = Order(pool_id, turn, leaked)
    try:
        done = key_rotation.carry_out(database, sealing.load(settings), Clock(), order)
    except WrongSetting as wrong:
        raise Refused(f"Mend the pool's `oauth` document first: {wrong}") from None
    except UnknownSigningKey:
        raise Refused(f"The pool publishes no key {leaked}.") from None
    for line in _told(done):
        print(line)
    if leaked is not None:
        for line in _drill(settings, pool_id, done):
            print(line)
        return 0
    if done.plan.turned:
        return 0
    print(
        f"poolgate: Nothing was rotated: the next key can sign from {_moment(done.plan.ready)}, "
        "when every verifier has fetched it. --now does not wait.",
        file=sys.stderr,
    )
    return 1


def follow_settings(settings: Settings, database: Database, pool_id: str) -> None:
    """Publish a key for the pool's algorithm, where none waits; tell when it will sign. Raises
    `PoolNotFound`."""
    order = Order(pool_id, Turn.WHEN_DUE)
    done = key_rotation.carry_out(database, sealing.load(settings), Clock(), order)
    if done.keys[0].algorithm != done.algorithm:
        print(
            f"poolgate: {done.keys[0].algorithm} signs until {_moment(done.plan.ready)}, so that "
            f"verifiers fetch the key for {done.algorithm} first.",
            file=sys.stderr,
        )


def _told(done: Result) -> Iterator[str]:
    for key in done.keys:
        yield f"{key.kid} {key.algorithm:6} {_state(key, done)}"


def _state(key: Key, done: Result) -> str:
    if key is done.keys[0]:
        return "signs"
    if key.retires is not None:
        return f"verifies until {_moment(key.retires)}"
    return f"waits, can sign from {_moment(done.plan.ready)}"


def _drill(settings: Settings, pool_id: str, done: Result) -> Iterator[str]:
    yield f"Withdrawn: {', '.join(sorted(done.plan.gone))}."
    yield "Its tokens fail at every running server, and at its gateway, within a second."
    yield "Whoever verifies tokens elsewhere must fetch the keys anew: restart it, or empty its"
    yield f"cache of {settings.origin}/{pool_id}/.well-known/jwks.json. Until then it takes forged"
    yield f"tokens. Caches that heed our headers let go of it within {_longest_cached()} minutes."
    yield "Refresh tokens stay good: applications refresh, and people stay signed in."


def _longest_cached() -> int:
    return (FRESH_SECONDS + STALE_SECONDS) // 60


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
