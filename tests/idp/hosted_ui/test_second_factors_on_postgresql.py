"""What runs side by side on PostgreSQL: a code is taken once all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from idp.user_pools.rules import one_time_passwords as totp
from idp.user_pools.services import recovery_codes, software_tokens
from kernel.database import Base
from tests.idp.oauth.world import World

PARALLEL = 8
SECRET = b"12345678901234567890"


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url)
    Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def at_once(work: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(PARALLEL) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(PARALLEL)]]


def test_code_of_an_authenticator_is_taken_once(world: World) -> None:
    kernel, user_id = world.kernel, world.user(world.pool())
    kernel.database.write(software_tokens.keep, kernel, user_id, SECRET, 0, None)
    code = totp.code_at(SECRET, totp.step_of(kernel.clock.now()))
    refusals = at_once(lambda: kernel.database.write(software_tokens.claim, kernel, user_id, code))
    assert refusals.count(None) == 1


def test_recovery_code_is_taken_once(world: World) -> None:
    kernel, user_id = world.kernel, world.user(world.pool())
    code, *_ = kernel.database.write(recovery_codes.make, kernel, user_id)
    answers = at_once(lambda: kernel.database.write(recovery_codes.use, kernel, user_id, code))
    assert answers.count(True) == 1


def test_parallel_secrets_for_a_new_user_leave_one_row(world: World) -> None:
    kernel, user_id = world.kernel, world.user(world.pool())
    at_once(lambda: kernel.database.write(software_tokens.hand_out, kernel, user_id, SECRET))
    code = totp.code_at(SECRET, totp.step_of(kernel.clock.now()))
    refusals = at_once(
        lambda: kernel.database.write(software_tokens.take_into_use, kernel, user_id, code, "phone")
    )
    assert refusals.count(None) == 1
