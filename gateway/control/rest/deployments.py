"""CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api, Deployment, Stage
from gateway.control.repository import find_rest_api
from gateway.control.rest.changes import changes_served_rest_api
from gateway.control.rest.deploying import deploy, find_deployment, is_served
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Patches, Text
from gateway.control.rest.stage_patches import new_canary
from gateway.control.rest.stage_rules import SIZE_OF_CACHE
from gateway.control.rest.staging import add_stage, store, with_deployment
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS, configured_only=SIZE_OF_CACHE)

PATCHES = Patches(Text("/description"))
OF_STAGES = (
    "stageDescription",
    "cacheClusterEnabled",
    "cacheClusterSize",
    "variables",
    "tracingEnabled",
)
SUMMARY = "apisummary"


@changes_served_rest_api(family, "CreateDeployment")
def create_deployment(session: Session, call: Call, api: Api, request: Input) -> Output:
    name = request.get("stageName") or ""
    stage = session.get(Stage, (api.id, name)) if name else None
    _require_canary_stage(request, stage)
    if not name and any(request.get(member) for member in OF_STAGES):
        raise Invalid("Settings of a stage need a stageName")
    deployment = deploy(session, call, api, request.get("description") or "")
    if stage is not None:
        store(session, call, api, stage, _released(stage, deployment, request))
    elif name:
        given = {**_of_stage(request, {}), "deploymentId": deployment.id}
        add_stage(session, call, api, name, given)
    return _present(deployment)


@family.reads("GetDeployment")
def get_deployment(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    deployment = find_deployment(session, api, request["deploymentId"])
    embedded = request.get("embed") or []
    if any(each != SUMMARY for each in embedded):
        raise Invalid(f"Invalid embed value specified. Must be one of: [{SUMMARY}]")
    summary = {"apiSummary": _summary(deployment.definition)} if embedded else {}
    return {**_present(deployment), **summary}


@family.reads("GetDeployments")
def get_deployments(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    query = (
        select(Deployment).where(Deployment.api_id == api.id).options(defer(Deployment.definition))
    )
    return page(session, call, request, query, Deployment.id, _present)


@changes_served_rest_api(family, "UpdateDeployment")
def update_deployment(session: Session, _call: Call, api: Api, request: Input) -> Output:
    deployment = find_deployment(session, api, request["deploymentId"])
    changed = PATCHES.apply({"description": deployment.description}, request)
    deployment.description = changed["description"]
    return _present(deployment)


@changes_served_rest_api(family, "DeleteDeployment")
def delete_deployment(session: Session, _call: Call, api: Api, request: Input) -> None:
    deployment = find_deployment(session, api, request["deploymentId"])
    if is_served(session, api, deployment.id):
        raise Invalid("Active stages pointing to this deployment must be moved or deleted")
    session.delete(deployment)


def _require_canary_stage(request: Input, stage: Stage | None) -> None:
    """A canary is a release beside another one, so its stage exists. Raises `Invalid`."""
    if request.get("canarySettings") is None:
        return
    name = request.get("stageName")
    wrong = "Invalid deployment content specified."
    if not name:
        raise Invalid(
            f"{wrong}Non null and non empty stageName must be provided for canary deployment. "
            f"Provided value is {'null' if name is None else 'empty'}"
        )
    if stage is None:
        raise Invalid(
            f"{wrong}Stage {name} must already be created before making a canary release deployment"
        )


def _released(stage: Stage, deployment: Deployment, request: Input) -> dict[str, Any]:
    """The stage after a deployment to it: it moves, or its canary does."""
    document = _of_stage(request, with_deployment(stage))
    if request.get("canarySettings") is None:
        return {**document, "deploymentId": deployment.id}
    given = {name: value for name, value in request["canarySettings"].items() if value}
    return {**document, "canarySettings": {**new_canary(deployment.id), **given}}


def _of_stage(request: Input, document: dict[str, Any]) -> dict[str, Any]:
    """The settings of a stage that come with a deployment; variables are added to its own."""
    changed = dict(document)
    for member in OF_STAGES:
        value = request.get(member)
        if value is None:
            continue
        if member == "variables":
            value = {**document.get("variables", {}), **value}
        changed["description" if member == "stageDescription" else member] = value
    return changed


def _summary(definition: dict[str, Any]) -> Output:
    return {
        resource["path"]: {
            verb: {
                "apiKeyRequired": method.get("apiKeyRequired", False),
                "authorizationType": method.get("authorizationType", "NONE"),
            }
            for verb, method in resource["methods"].items()
        }
        for resource in definition["resources"]
        if resource["methods"]
    }


def _present(deployment: Deployment) -> Output:
    described = {"description": deployment.description} if deployment.description else {}
    return {"id": deployment.id, "createdDate": deployment.created, **described}
