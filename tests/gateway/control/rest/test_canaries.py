from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Invalid
from gateway.snapshot import Canary, SnapshotHolder, Stage
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

PROMOTION = [
    {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
    {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
    {"op": "remove", "path": "/canarySettings"},
]


@pytest.fixture
def tree(caller: Caller) -> Tree:
    tree = Tree.planted(caller)
    mock(tree)
    return tree


def _patch(tree: Tree, *patches: tuple[str, ...]) -> Any:
    return tree.patch("UpdateStage", *patches, stageName="dev")


def _served(served: SnapshotHolder, tree: Tree) -> Stage:
    return served.current.apis[tree.api].stages["dev"]


def test_stage_is_made_with_a_canary(tree: Tree) -> None:
    first, second = deploy(tree), deploy(tree)
    made = tree(
        "CreateStage",
        stageName="dev",
        deploymentId=first,
        variables={"testVar": "default"},
        canarySettings={
            "deploymentId": second,
            "percentTraffic": 50.0,
            "stageVariableOverrides": {"testVar": "canary"},
        },
    )
    assert made["deploymentId"] == first
    assert made["canarySettings"] == {
        "deploymentId": second,
        "percentTraffic": 50.0,
        "stageVariableOverrides": {"testVar": "canary"},
        "useStageCache": False,
    }


def test_first_setting_makes_a_canary_of_the_stage_itself(tree: Tree) -> None:
    made = deploy(tree, stageName="dev")
    changed = _patch(tree, ("replace", "/canarySettings/percentTraffic", "50"))
    assert changed["canarySettings"] == {
        "deploymentId": made,
        "percentTraffic": 50.0,
        "useStageCache": False,
    }
    assert "canarySettings" not in _patch(tree, ("remove", "/canarySettings"))


def test_canary_is_made_by_its_deployment_and_gets_no_traffic_yet(tree: Tree) -> None:
    deploy(tree, stageName="dev")
    other = deploy(tree)
    changed = _patch(tree, ("replace", "/canarySettings/deploymentId", other))
    assert changed["canarySettings"] == {
        "deploymentId": other,
        "percentTraffic": 0.0,
        "useStageCache": False,
    }


def test_overrides_are_replaced_and_removed(tree: Tree) -> None:
    deploy(tree, stageName="dev")
    overrides = "/canarySettings/stageVariableOverrides"
    changed = _patch(
        tree,
        ("replace", f"{overrides}/a", "1"),
        ("replace", f"{overrides}/b", "2"),
        ("replace", "/canarySettings/useStageCache", "true"),
        ("remove", f"{overrides}/a"),
    )
    assert changed["canarySettings"]["stageVariableOverrides"] == {"b": "2"}
    assert changed["canarySettings"]["useStageCache"] is True
    changed = _patch(tree, ("remove", f"{overrides}/b"))
    assert "stageVariableOverrides" not in changed["canarySettings"]


def test_canary_is_served_with_its_own_deployment_and_variables(
    tree: Tree, served: SnapshotHolder
) -> None:
    first = deploy(tree, stageName="dev", variables={"a": "1", "b": "1"}, cacheClusterEnabled=True)
    _patch(tree, ("replace", "/*/*/caching/enabled", "true"))
    mock(tree, resourceId=tree.resource("pets"))
    second = deploy(
        tree,
        stageName="dev",
        canarySettings={"percentTraffic": 25.0, "stageVariableOverrides": {"b": "2", "c": "2"}},
    )

    stage = _served(served, tree)
    canary = stage.canary_stage

    assert stage.canary == Canary(25.0, second, {"b": "2", "c": "2"})
    assert canary is not None
    assert (stage.deployment_id, canary.deployment_id) == (first, second)
    assert (stage.is_canary, canary.is_canary, canary.name) == (False, True, "dev")
    assert canary.variables == {"a": "1", "b": "2", "c": "2"}
    assert [route.key for route in stage.routes] == ["GET /"]
    assert [route.key for route in canary.routes] == ["GET /", "GET /pets"]
    assert stage.settings_of("GET /").caching is not None
    assert canary.settings_of("GET /").caching is None


def test_canary_uses_the_cache_of_the_stage_where_it_says_so(
    tree: Tree, served: SnapshotHolder
) -> None:
    deploy(tree, stageName="dev", cacheClusterEnabled=True)
    _patch(
        tree,
        ("replace", "/*/*/caching/enabled", "true"),
        ("replace", "/canarySettings/useStageCache", "true"),
    )
    canary = _served(served, tree).canary_stage
    assert canary is not None
    assert canary.settings_of("GET /").caching is not None


def test_canary_is_promoted_in_one_request(tree: Tree, served: SnapshotHolder) -> None:
    deploy(tree, stageName="dev", variables={"a": "1", "b": "1"})
    second = deploy(
        tree,
        stageName="dev",
        canarySettings={"percentTraffic": 25.0, "stageVariableOverrides": {"b": "2", "c": "2"}},
    )

    promoted = tree("UpdateStage", stageName="dev", patchOperations=PROMOTION)

    assert promoted["deploymentId"] == second
    assert promoted["variables"] == {"a": "1", "b": "2", "c": "2"}
    assert "canarySettings" not in promoted
    stage = _served(served, tree)
    assert (stage.deployment_id, stage.canary, stage.canary_stage) == (second, None, None)


def test_promotion_without_overrides_leaves_the_variables(tree: Tree) -> None:
    deploy(tree, stageName="dev", variables={"a": "1"})
    deploy(tree, stageName="dev", canarySettings={"percentTraffic": 25.0})
    promoted = tree("UpdateStage", stageName="dev", patchOperations=PROMOTION)
    assert promoted["variables"] == {"a": "1"}


@pytest.mark.parametrize(
    "operation",
    [
        PROMOTION[0],
        {"op": "copy", "from": "/description", "path": "/deploymentId"},
        {"op": "copy", "path": "/variables"},
        {"op": "copy", "from": "/deploymentId", "path": "/canarySettings/deploymentId"},
    ],
)
def test_only_what_a_canary_has_is_copied(tree: Tree, operation: dict[str, str]) -> None:
    deploy(tree, stageName="dev")
    with pytest.raises(Invalid, match="Invalid copy operation with"):
        tree("UpdateStage", stageName="dev", patchOperations=[operation])


def test_deployment_without_canary_settings_moves_the_stage_beside_its_canary(tree: Tree) -> None:
    deploy(tree, stageName="dev")
    second = deploy(tree, stageName="dev", canarySettings={"percentTraffic": 25.0})
    third = deploy(tree, stageName="dev")

    stage = tree("GetStage", stageName="dev")
    assert stage["deploymentId"] == third
    assert stage["canarySettings"]["deploymentId"] == second
