"""A user found among many by a name, as operations find them, against the bare SQLite driver."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench import directory
from bench.directory import POOL
from bench.measurement import Contestant, Measurement, Target
from bench.stage import Stage
from idp.models import User
from idp.user_pools.services import quick_reads, users

TARGET = Target(5, 2)
BY_NAME = (
    "SELECT users.* FROM sign_in_names JOIN users ON users.id = sign_in_names.user_id "
    "WHERE sign_in_names.pool_id = ? AND sign_in_names.name = ?"
)
BY_SUB = "SELECT * FROM users WHERE pool_id = ? AND id = ?"

Name = Callable[[int], str]


def by_username(stage: Stage) -> Measurement:
    return _measure(stage, "username", directory.username, BY_NAME)


def by_alias(stage: Stage) -> Measurement:
    return _measure(stage, "alias", directory.alias, BY_NAME)


def by_sub(stage: Stage) -> Measurement:
    return _measure(stage, "sub", directory.subject, BY_SUB)


def _measure(stage: Stage, kind: str, name: Name, statement: str) -> Measurement:
    many = stage.directory
    pool = many.database.look_up(quick_reads.pool_by_id, POOL)
    assert pool is not None
    bare = sqlite3.connect(many.file)
    stage.exits.callback(bare.close)

    def driver(wanted: str) -> Any:
        return bare.execute(statement, (POOL, wanted)).fetchone()

    def poolgate(wanted: str) -> User:
        return many.database.look_up(users.look, pool, wanted)

    raw = Contestant("the bare driver", _timed(driver, name, stage.users), TARGET)
    ours = Contestant("Poolgate", _timed(poolgate, name, stage.users))
    title = f"look-up by {kind} among {stage.users:,} users, p50"
    return Measurement(title, "µs", ours, [raw], less_is_better=True)


def _timed(find: Callable[[str], Any], name: Name, users: int) -> Callable[[float], float]:
    """A round: the median time, in microseconds, to find someone at random."""

    def run(seconds: float) -> float:
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            wanted = name(random.randrange(users))
            begin = time.perf_counter()
            found = find(wanted)
            times.append(time.perf_counter() - begin)
            assert found is not None, wanted
        return median(times) * 1e6

    return run
