"""Changes that happen at once, on each database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Conflicting
from gateway.control.versions import version
from kernel.database import Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller

AT_ONCE = 4


@pytest.fixture
def everywhere(kernel: Kernel, database: Database) -> Caller:
    """A caller on SQLite, and again on PostgreSQL."""
    return Caller(replace(kernel, database=database))


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    def attempt(number: int) -> Any:
        try:
            return work(number)
        except Conflicting as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(attempt, range(AT_ONCE)))


def test_changes_of_one_api_wait_for_each_other_and_all_are_served(everywhere: Caller) -> None:
    api_id = everywhere.create_api()
    target = f"integrations/{everywhere.create_integration(api_id)}"
    everywhere("CreateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)
    before = everywhere.kernel.database.read(version)

    _at_once(lambda n: everywhere.create_route(api_id, f"GET /{n}", Target=target))

    assert everywhere.kernel.database.read(version) == before + AT_ONCE
    stage = everywhere.kernel.database.read(Compiler().load).apis[api_id].stages["dev"]
    assert sorted(route.key for route in stage.routes) == [f"GET /{n}" for n in range(AT_ONCE)]


def test_route_that_is_made_twice_at_once_exists_once(everywhere: Caller) -> None:
    api_id = everywhere.create_api()
    target = f"integrations/{everywhere.create_integration(api_id)}"

    outcomes = _at_once(lambda _: everywhere.create_route(api_id, "GET /pets", Target=target))

    assert sum(isinstance(outcome, Conflicting) for outcome in outcomes) == AT_ONCE - 1
    assert len(everywhere("GetRoutes", ApiId=api_id)["Items"]) == 1


def test_first_changes_of_all_are_counted_when_they_come_at_once(everywhere: Caller) -> None:
    _at_once(lambda _: everywhere.create_api())

    assert everywhere.kernel.database.read(version) == AT_ONCE
