from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Invalid, Missing
from gateway.control.http.deploying import NO_ROUTES
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import NOON, Caller


def _keys(served: SnapshotHolder, api_id: str, stage: str = "dev") -> list[str]:
    return sorted(route.key for route in served.current.apis[api_id].stages[stage].routes)


def test_deployment_of_an_api_without_routes_is_refused(caller: Caller) -> None:
    with pytest.raises(Invalid, match=NO_ROUTES):
        caller("CreateDeployment", ApiId=caller.create_api())


def test_deployment_moves_the_stage_it_names(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id)
    caller("CreateStage", ApiId=api_id, StageName="dev")

    made = caller("CreateDeployment", ApiId=api_id, StageName="dev", Description="First")

    assert made == {
        "AutoDeployed": False,
        "CreatedDate": NOON,
        "DeploymentId": made["DeploymentId"],
        "DeploymentStatus": "DEPLOYED",
        "Description": "First",
    }
    stage = caller("GetStage", ApiId=api_id, StageName="dev")
    assert stage["DeploymentId"] == made["DeploymentId"]
    assert caller("GetDeployments", ApiId=api_id) == {"Items": [made]}


def test_change_has_no_effect_until_it_is_deployed(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /a")
    caller("CreateStage", ApiId=api_id, StageName="dev")
    first = caller("CreateDeployment", ApiId=api_id, StageName="dev")["DeploymentId"]
    caller.create_route(api_id, "GET /b")
    assert _keys(served, api_id) == ["GET /a"]

    second = caller("CreateDeployment", ApiId=api_id)["DeploymentId"]
    assert _keys(served, api_id) == ["GET /a"]

    caller("UpdateStage", ApiId=api_id, StageName="dev", DeploymentId=second)
    assert _keys(served, api_id) == ["GET /a", "GET /b"]
    caller("UpdateStage", ApiId=api_id, StageName="dev", DeploymentId=first)
    assert _keys(served, api_id) == ["GET /a"]


def test_deployment_keeps_an_integration_as_it_was(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    integration = caller.create_integration(api_id, IntegrationUri="https://old.example")
    caller.create_route(api_id, Target=f"integrations/{integration}")
    caller("CreateStage", ApiId=api_id, StageName="dev")
    caller("CreateDeployment", ApiId=api_id, StageName="dev")

    caller(
        "UpdateIntegration",
        ApiId=api_id,
        IntegrationId=integration,
        IntegrationUri="https://new.example",
    )

    (route,) = served.current.apis[api_id].stages["dev"].routes
    assert route.target.uri == "https://old.example"


def test_stage_with_auto_deploy_follows_every_change(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)
    route = caller.create_route(api_id, "GET /a")
    assert _keys(served, api_id) == ["GET /a"]

    authorizer = caller.create_authorizer(api_id)
    caller(
        "UpdateRoute",
        ApiId=api_id,
        RouteId=route,
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=["pets/read"],
    )

    (protected,) = served.current.apis[api_id].stages["dev"].routes
    assert protected.authorizer is not None
    assert protected.authorizer.issuer == "https://issuer.example"
    assert protected.scopes == {"pets/read"}
    stage = caller("GetStage", ApiId=api_id, StageName="dev")
    deployment = caller("GetDeployment", ApiId=api_id, DeploymentId=stage["DeploymentId"])
    assert deployment["AutoDeployed"] is True
    assert stage["LastDeploymentStatusMessage"] == (
        f"Successfully deployed stage with deployment ID '{stage['DeploymentId']}'"
    )


def test_auto_deploy_turned_on_deploys_what_there_is(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /a")
    caller("CreateStage", ApiId=api_id, StageName="dev")
    assert served.current.apis[api_id].stages == {}

    caller("UpdateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)

    assert _keys(served, api_id) == ["GET /a"]


def test_route_that_was_removed_last_is_not_served_on(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)
    route = caller.create_route(api_id)

    caller("DeleteRoute", ApiId=api_id, RouteId=route)

    assert served.current.apis[api_id].stages == {}
    stage = caller("GetStage", ApiId=api_id, StageName="dev")
    assert stage["LastDeploymentStatusMessage"] == f"Deployment attempt failed: {NO_ROUTES}"


def test_deployment_cannot_be_chosen_for_a_stage_with_auto_deploy(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id)
    caller("CreateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)
    made = caller("CreateDeployment", ApiId=api_id)["DeploymentId"]

    with pytest.raises(Invalid, match="AutoDeploy"):
        caller("UpdateStage", ApiId=api_id, StageName="dev", DeploymentId=made)
    with pytest.raises(Invalid, match="AutoDeploy"):
        caller("CreateDeployment", ApiId=api_id, StageName="dev")
    moved = caller(
        "UpdateStage", ApiId=api_id, StageName="dev", DeploymentId=made, AutoDeploy=False
    )
    assert moved["DeploymentId"] == made


def test_deployment_of_another_api_is_missing(caller: Caller) -> None:
    other = caller.create_api()
    caller.create_route(other)
    foreign = caller("CreateDeployment", ApiId=other)["DeploymentId"]
    api_id = caller.create_api()

    with pytest.raises(Missing, match="Invalid Deployment identifier"):
        caller("CreateStage", ApiId=api_id, StageName="dev", DeploymentId=foreign)


def test_deployment_that_a_stage_serves_cannot_be_deleted(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id)
    made = caller("CreateDeployment", ApiId=api_id)["DeploymentId"]
    caller("CreateStage", ApiId=api_id, StageName="dev", DeploymentId=made)

    with pytest.raises(Invalid, match="Active stages pointing to this deployment"):
        caller("DeleteDeployment", ApiId=api_id, DeploymentId=made)
    caller("DeleteStage", ApiId=api_id, StageName="dev")
    caller("DeleteDeployment", ApiId=api_id, DeploymentId=made)
    assert caller("GetDeployments", ApiId=api_id) == {"Items": []}


def test_only_the_description_of_a_deployment_changes(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id)
    made = caller("CreateDeployment", ApiId=api_id)

    changed = caller(
        "UpdateDeployment", ApiId=api_id, DeploymentId=made["DeploymentId"], Description="New"
    )

    assert changed == {**made, "Description": "New"}


def test_superseded_automatic_deployments_do_not_pile_up(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "AUTOMATIC_DEPLOYMENTS_KEPT", 2)
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /first")
    by_hand = caller("CreateDeployment", ApiId=api_id)["DeploymentId"]
    caller("CreateStage", ApiId=api_id, StageName="dev", AutoDeploy=True)

    for number in range(4):
        caller.create_route(api_id, f"GET /{number}")

    listed = {each["DeploymentId"] for each in caller("GetDeployments", ApiId=api_id)["Items"]}
    stage = caller("GetStage", ApiId=api_id, StageName="dev")
    assert {by_hand, stage["DeploymentId"]} < listed
    assert len(listed) == 4
