from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _keys(served: SnapshotHolder, tree: Tree, stage: str = "dev") -> list[str]:
    return sorted(route.key for route in served.current.apis[tree.api].stages[stage].routes)


def test_api_without_methods_is_not_deployed(tree: Tree) -> None:
    with pytest.raises(Invalid, match=r"^The REST API doesn't contain any methods$"):
        deploy(tree)


def test_method_without_an_integration_is_not_deployed(tree: Tree) -> None:
    mock(tree)
    tree.method(resourceId=tree.resource("pets"))
    with pytest.raises(Invalid, match=r"^No integration defined for method$"):
        deploy(tree)


def test_deployment_is_made_read_changed_and_deleted(tree: Tree) -> None:
    mock(tree)
    made = tree("CreateDeployment", description="First")
    where = {"deploymentId": made["id"]}

    assert made == {"id": made["id"], "createdDate": NOON, "description": "First"}
    assert tree("GetDeployment", **where) == made
    changed = tree.patch("UpdateDeployment", ("replace", "/description", "1"), **where)
    assert changed == {**made, "description": "1"}
    assert tree("GetDeployments") == {"items": [changed]}
    tree("DeleteDeployment", **where)
    with pytest.raises(Missing, match=r"^Invalid Deployment identifier specified$"):
        tree("GetDeployment", **where)


def test_summary_of_a_deployment_is_embedded(tree: Tree) -> None:
    mock(tree)
    mock(tree, resourceId=tree.resource("pets"), httpMethod="POST", apiKeyRequired=True)
    where = {"deploymentId": deploy(tree)}

    shown = tree("GetDeployment", embed=["apisummary"], **where)

    assert shown["apiSummary"] == {
        "/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}},
        "/pets": {"POST": {"authorizationType": "NONE", "apiKeyRequired": True}},
    }
    with pytest.raises(Invalid, match=r"Must be one of: \[apisummary\]"):
        tree("GetDeployment", embed=["everything"], **where)


def test_deployment_makes_the_stage_that_it_names(tree: Tree, served: SnapshotHolder) -> None:
    mock(tree)
    made = deploy(
        tree,
        stageName="dev",
        stageDescription="For developers",
        variables={"host": "a.example"},
        cacheClusterEnabled=True,
        cacheClusterSize="1.6",
        tracingEnabled=True,
    )

    assert tree("GetStage", stageName="dev") == {
        "stageName": "dev",
        "deploymentId": made,
        "description": "For developers",
        "variables": {"host": "a.example"},
        "cacheClusterEnabled": True,
        "cacheClusterSize": "1.6",
        "cacheClusterStatus": "AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": True,
        "createdDate": NOON,
        "lastUpdatedDate": NOON,
    }
    assert _keys(served, tree) == ["GET /"]


def test_deployment_moves_the_stage_that_it_names(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev", variables={"a": "1", "b": "1"}, stageDescription="Old")
    second = deploy(tree, stageName="dev", variables={"b": "2"})

    stage = tree("GetStage", stageName="dev")
    assert stage["deploymentId"] == second
    assert stage["variables"] == {"a": "1", "b": "2"}
    assert stage["description"] == "Old"


def test_settings_of_a_stage_need_its_name(tree: Tree) -> None:
    mock(tree)
    with pytest.raises(Invalid, match="need a stageName"):
        deploy(tree, variables={"a": "1"})


def test_change_has_no_effect_until_it_is_deployed(tree: Tree, served: SnapshotHolder) -> None:
    mock(tree)
    first = deploy(tree, stageName="dev")
    mock(tree, resourceId=tree.resource("pets"))
    assert _keys(served, tree) == ["GET /"]

    second = deploy(tree)
    assert _keys(served, tree) == ["GET /"]

    tree.patch("UpdateStage", ("replace", "/deploymentId", second), stageName="dev")
    assert _keys(served, tree) == ["GET /", "GET /pets"]
    tree.patch("UpdateStage", ("replace", "/deploymentId", first), stageName="dev")
    assert _keys(served, tree) == ["GET /"]


def test_refused_deployment_leaves_the_stage_alone(tree: Tree, served: SnapshotHolder) -> None:
    method = mock(tree)
    made = deploy(tree, stageName="dev")
    method("DeleteMethod")
    with pytest.raises(Invalid, match="doesn't contain any methods"):
        deploy(tree, stageName="dev")

    assert tree("GetStage", stageName="dev")["deploymentId"] == made
    assert _keys(served, tree) == ["GET /"]


def test_deployment_that_a_stage_serves_cannot_be_deleted(tree: Tree) -> None:
    mock(tree)
    first = deploy(tree, stageName="dev")
    second = deploy(tree)
    why = "^Active stages pointing to this deployment must be moved or deleted$"

    with pytest.raises(Invalid, match=why):
        tree("DeleteDeployment", deploymentId=first)
    canary = ("replace", "/canarySettings/deploymentId", second)
    tree.patch("UpdateStage", canary, stageName="dev")
    with pytest.raises(Invalid, match=why):
        tree("DeleteDeployment", deploymentId=second)
    tree("DeleteStage", stageName="dev")
    for each in (first, second):
        tree("DeleteDeployment", deploymentId=each)


@pytest.mark.parametrize(
    ("request_members", "why"),
    [
        ({}, "Provided value is null"),
        ({"stageName": ""}, "Provided value is empty"),
        ({"stageName": "dev"}, "Stage dev must already be created before making a canary"),
    ],
)
def test_canary_needs_a_stage_that_exists(
    tree: Tree, request_members: dict[str, Any], why: str
) -> None:
    mock(tree)
    with pytest.raises(Invalid, match=f"^Invalid deployment content specified.*{why}"):
        deploy(tree, canarySettings={"percentTraffic": 10.0}, **request_members)
    assert tree("GetDeployments") == {"items": []}


def test_canary_deployment_leaves_the_stage_where_it_is(tree: Tree) -> None:
    mock(tree)
    first = deploy(tree, stageName="dev", variables={"a": "1"})
    second = deploy(
        tree,
        stageName="dev",
        canarySettings={"percentTraffic": 10.5, "stageVariableOverrides": {"a": "2"}},
    )

    stage = tree("GetStage", stageName="dev")
    assert stage["deploymentId"] == first
    assert stage["variables"] == {"a": "1"}
    assert stage["canarySettings"] == {
        "deploymentId": second,
        "percentTraffic": 10.5,
        "stageVariableOverrides": {"a": "2"},
        "useStageCache": False,
    }
    third = deploy(tree, stageName="dev", canarySettings={"percentTraffic": 50.0})
    assert tree("GetStage", stageName="dev")["canarySettings"] == {
        "deploymentId": third,
        "percentTraffic": 50.0,
        "useStageCache": False,
    }


def test_deployments_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    mock(tree)
    monkeypatch.setattr(quotas, "DEPLOYMENTS_PER_API", 1)
    deploy(tree)
    with pytest.raises(Exceeded, match="The limit is 1"):
        deploy(tree)


def test_definition_is_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    mock(tree)
    monkeypatch.setattr(quotas, "DEPLOYMENT_BYTES", 100)
    with pytest.raises(Invalid, match="too large to be deployed"):
        deploy(tree)


def test_deployments_come_in_pages(tree: Tree) -> None:
    mock(tree)
    made = {deploy(tree) for _ in range(3)}
    first = tree("GetDeployments", limit=2)
    second = tree("GetDeployments", limit=2, position=first["position"])
    assert {each["id"] for each in first["items"] + second["items"]} == made


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (("replace", "/id", "x"), r"Must be one of: \[/description\]"),
        (("remove", "/description"), "Please choose supported operations"),
        (("replace", "/description", "x" * 1025), "from 0 to 1024"),
    ],
)
def test_only_the_description_of_a_deployment_changes(
    tree: Tree, patch: tuple[str, ...], why: str
) -> None:
    mock(tree)
    with pytest.raises(Invalid, match=why):
        tree.patch("UpdateDeployment", patch, deploymentId=deploy(tree))


def test_deployment_of_another_api_is_missing(tree: Tree, caller: Caller) -> None:
    mock(tree)
    other = Tree.planted(caller)
    mock(other)
    foreign = deploy(other)
    with pytest.raises(Missing, match="Invalid Deployment identifier specified"):
        tree("CreateStage", stageName="dev", deploymentId=foreign)
    deploy(tree, stageName="dev")
    with pytest.raises(Missing, match="Invalid Deployment identifier specified"):
        tree.patch("UpdateStage", ("replace", "/deploymentId", foreign), stageName="dev")
