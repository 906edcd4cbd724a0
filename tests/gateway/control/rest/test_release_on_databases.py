"""Releases and their parts on each database, also at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Conflicting, Missing
from kernel.database import Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

AT_ONCE = 4


@pytest.fixture
def tree(kernel: Kernel, database: Database) -> Tree:
    """An API on SQLite, and again on PostgreSQL."""
    return Tree.planted(Caller(replace(kernel, database=database)))


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    def attempt(number: int) -> Any:
        try:
            return work(number)
        except (Conflicting, Missing) as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(attempt, range(AT_ONCE)))


def test_release_is_served_from_its_rows(tree: Tree) -> None:
    mock(tree)
    first = deploy(tree, stageName="dev", variables={"a": "1"})
    mock(tree, resourceId=tree.resource("pets"))
    second = deploy(tree, stageName="dev", canarySettings={"percentTraffic": 5.0})

    stage = tree.caller.kernel.database.read(Compiler().load).apis[tree.api].stages["dev"]

    assert stage.deployment_id == first
    assert stage.canary_stage is not None
    assert stage.canary_stage.deployment_id == second
    assert [route.key for route in stage.canary_stage.routes] == ["GET /", "GET /pets"]
    assert {each["id"] for each in tree("GetDeployments")["items"]} == {first, second}


def test_documentation_parts_are_found_by_what_their_documents_say(tree: Tree) -> None:
    for name in ("100%", "100_", 'a"b'):
        tree(
            "CreateDocumentationPart",
            location={"type": "REQUEST_HEADER", "path": "/pets", "name": name},
            properties="{}",
        )

    def found(**request: str) -> list[str]:
        items = tree("GetDocumentationParts", **request)["items"]
        return sorted(item["location"]["name"] for item in items)

    assert found(type="REQUEST_HEADER", path="/pets") == ["100%", "100_", 'a"b']
    assert found(nameQuery="100%") == ["100%"]
    assert found(nameQuery='"') == ['a"b']
    assert found(path="/") == []


def test_stages_that_are_made_at_once_exist_once(tree: Tree) -> None:
    mock(tree)
    made = deploy(tree)

    outcomes = _at_once(lambda _: tree("CreateStage", stageName="dev", deploymentId=made))

    assert sum(isinstance(outcome, Conflicting) for outcome in outcomes) == AT_ONCE - 1
    assert len(tree("GetStages")["item"]) == 1


def test_deployments_that_are_made_at_once_are_all_kept(tree: Tree) -> None:
    mock(tree)
    made = set(_at_once(lambda _: deploy(tree, stageName="dev")))

    assert len(made) == AT_ONCE
    assert tree("GetStage", stageName="dev")["deploymentId"] in made


def test_models_that_are_made_at_once_exist_once(tree: Tree) -> None:
    members = {"name": "Pet", "contentType": "application/json", "schema": '{"type":"object"}'}
    outcomes = _at_once(lambda _: tree("CreateModel", **members))
    assert sum(isinstance(outcome, Conflicting) for outcome in outcomes) == AT_ONCE - 1


def test_patches_of_one_stage_that_come_at_once_all_hold(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev")

    def patch(number: int) -> None:
        path = f"/variables/v{number}"
        tree.patch("UpdateStage", ("replace", path, "1"), stageName="dev")

    _at_once(patch)
    assert len(tree("GetStage", stageName="dev")["variables"]) == AT_ONCE
