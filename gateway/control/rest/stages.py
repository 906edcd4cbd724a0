"""CreateStage, GetStage, GetStages, UpdateStage, DeleteStage."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account.models import DomainMapping
from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api, Stage
from gateway.control.repository import find_rest_api
from gateway.control.rest.changes import changes_served_rest_api
from gateway.control.rest.stage_patches import new_canary, patched
from gateway.control.rest.stage_rules import SIZE_OF_CACHE
from gateway.control.rest.staging import add_stage, find_stage, present, store, with_deployment
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS, configured_only=SIZE_OF_CACHE)

MEMBERS = (
    "cacheClusterEnabled",
    "cacheClusterSize",
    "deploymentId",
    "description",
    "documentationVersion",
    "tags",
    "tracingEnabled",
    "variables",
)


@changes_served_rest_api(family, "CreateStage")
def create_stage(session: Session, call: Call, api: Api, request: Input) -> Output:
    require_tags(request.get("tags") or {})
    given = {member: request[member] for member in MEMBERS if request.get(member)}
    if request.get("canarySettings") is not None:
        canary = {name: value for name, value in request["canarySettings"].items() if value}
        given["canarySettings"] = {**new_canary(request["deploymentId"]), **canary}
    return present(add_stage(session, call, api, request["stageName"], given))


@family.reads("GetStage")
def get_stage(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return present(find_stage(session, api, request["stageName"]))


@family.reads("GetStages")
def get_stages(session: Session, call: Call, request: Input) -> Output:
    """All of an API, which a quota keeps few: the service model has no pages of them."""
    api = find_rest_api(session, call, request["restApiId"])
    asked = request.get("deploymentId")
    stages = repository.all_of(session, Stage, api)
    return {"item": [present(each) for each in stages if asked in (None, "", each.deployment_id)]}


@changes_served_rest_api(family, "UpdateStage")
def update_stage(session: Session, call: Call, api: Api, request: Input) -> Output:
    stage = find_stage(session, api, request["stageName"])
    store(session, call, api, stage, patched(with_deployment(stage), request))
    return present(stage)


@changes_served_rest_api(family, "DeleteStage")
def delete_stage(session: Session, _call: Call, api: Api, request: Input) -> None:
    stage = find_stage(session, api, request["stageName"])
    mapped = select(func.count()).where(
        DomainMapping.api_id == api.id, DomainMapping.stage == stage.id
    )
    if session.scalar(mapped):
        raise Invalid("Please remove all base path mappings related to the stage in your domains")
    session.delete(stage)
