"""The operations on stages, and on the settings of their routes and logs."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import raised_quotas
from gateway.control import repository
from gateway.control.access_logs import require_destination, require_format
from gateway.control.documents import Document, merged, refuse, updated
from gateway.control.errors import ERRORS, Conflicting, Invalid, Missing
from gateway.control.http.changes import changes_api
from gateway.control.http.deploying import deploy_automatically, move
from gateway.control.http.route_settings import DEFAULT_ROUTE_SETTINGS, route_settings
from gateway.control.models import Api, Deployment, Route, Stage
from gateway.control.pages import page
from gateway.control.stage_variables import require_variables
from gateway.control.tagging import require_tags
from gateway.control.websocket.protocol import is_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors=ERRORS)

UNSUPPORTED = {"ClientCertificateId": "it is for WebSocket APIs"}
UNSUPPORTED_OF_WEBSOCKET = {
    "AccessLogSettings": "nothing serves WebSocket APIs, so there is nothing to log",
    "ClientCertificateId": "nothing serves WebSocket APIs, so no backend is called",
}
_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")


@changes_api(family, "CreateStage")
def create_stage(session: Session, call: Call, api: Api, request: Input) -> Output:
    name = request["StageName"]
    if not _NAME.fullmatch(name):
        raise Invalid(
            "Stage name only allows a-zA-Z0-9_- (alphanumeric, hyphens, underscores) or $default"
        )
    if name == "$default" and is_websocket(api):
        raise Invalid("The stage $default is not supported on protocolType WEBSOCKET")
    if session.get(Stage, (api.id, name)) is not None:
        raise Conflicting("Stage already exists")
    most = raised_quotas.most("stages_per_api", call.kernel.settings)
    repository.require_room_in_api(session, Stage, api, most)
    require_tags(request.get("Tags", {}))
    now = call.kernel.clock.now()
    stage = Stage(api_id=api.id, id=name, auto_deploy=False, created=now, updated=now)
    stage.document = {"Tags": request.get("Tags", {})}
    session.add(stage)
    _apply(session, call, api, stage, request)
    return _present(stage)


@family.reads("GetStage")
def get_stage(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return _present(repository.find(session, Stage, api, request["StageName"]))


@family.reads("GetStages")
def get_stages(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    query = select(Stage).where(Stage.api_id == api.id)
    return page(session, call, request, query, Stage.id, _present)


@changes_api(family, "UpdateStage")
def update_stage(session: Session, call: Call, api: Api, request: Input) -> Output:
    stage = repository.find(session, Stage, api, request["StageName"])
    _apply(session, call, api, stage, request)
    return _present(stage)


@changes_api(family, "DeleteStage")
def delete_stage(session: Session, _call: Call, api: Api, request: Input) -> None:
    session.delete(repository.find(session, Stage, api, request["StageName"]))


@changes_api(family, "DeleteRouteSettings")
def delete_route_settings(session: Session, call: Call, api: Api, request: Input) -> None:
    stage = repository.find(session, Stage, api, request["StageName"])
    settings, key = stage.document.get("RouteSettings", {}), request["RouteKey"]
    if key not in settings:
        raise Missing(_unknown_route(key))
    kept = {other: value for other, value in settings.items() if other != key}
    stage.document = {**stage.document, "RouteSettings": kept}
    stage.updated = call.kernel.clock.now()


@changes_api(family, "DeleteAccessLogSettings")
def delete_access_log_settings(session: Session, call: Call, api: Api, request: Input) -> None:
    stage = repository.find(session, Stage, api, request["StageName"])
    stage.document = {k: v for k, v in stage.document.items() if k != "AccessLogSettings"}
    stage.updated = call.kernel.clock.now()


def _apply(session: Session, call: Call, api: Api, stage: Stage, request: Input) -> None:
    refuse(request, UNSUPPORTED_OF_WEBSOCKET if is_websocket(api) else UNSUPPORTED)
    document = updated(stage.document, request, ("Description", "AccessLogSettings"))
    access_log = document.get("AccessLogSettings")
    if access_log is not None and access_log != stage.document.get("AccessLogSettings"):
        require_destination(call, access_log.get("DestinationArn", ""))
        require_format(access_log.get("Format", ""))
    if request.get("DefaultRouteSettings") is not None:
        document["DefaultRouteSettings"] = route_settings(request["DefaultRouteSettings"])
    if request.get("RouteSettings"):
        document["RouteSettings"] = _route_settings(session, api, document, request)
    if request.get("StageVariables"):
        document["StageVariables"] = _stage_variables(document, request)
    stage.document = document
    stage.updated = call.kernel.clock.now()
    _serve(session, call, api, stage, request)


def _serve(session: Session, call: Call, api: Api, stage: Stage, request: Input) -> None:
    turned_on = bool(request.get("AutoDeploy")) and not stage.auto_deploy
    stage.auto_deploy = request.get("AutoDeploy", stage.auto_deploy)
    deployment_id = request.get("DeploymentId")
    if deployment_id and stage.auto_deploy:
        raise Invalid("Deployment ID cannot be set for a stage with AutoDeploy enabled")
    if deployment_id:
        move(call, stage, repository.find(session, Deployment, api, deployment_id).id)
    if turned_on:
        session.flush()
        deploy_automatically(session, call, api)


def _route_settings(session: Session, api: Api, document: Document, request: Input) -> Document:
    """UpdateStage adds to the settings by route; DeleteRouteSettings takes away."""
    keys = {route.route_key for route in repository.all_of(session, Route, api)}
    for key in request["RouteSettings"]:
        if key not in keys:
            raise Missing(_unknown_route(key))
    given = {key: route_settings(value) for key, value in request["RouteSettings"].items()}
    return {**document.get("RouteSettings", {}), **given}


def _unknown_route(key: str) -> str:
    return f"Unable to find Route by key {key} within the provided RouteSettings"


def _stage_variables(document: Document, request: Input) -> Document:
    """UpdateStage adds to the variables; one with an empty value is removed."""
    variables = merged(document.get("StageVariables", {}), request["StageVariables"])
    require_variables(variables)
    return variables


def _present(stage: Stage) -> Output:
    empty: Output = {"RouteSettings": {}, "StageVariables": {}, "Tags": {}}
    deployment = {"DeploymentId": stage.deployment_id} if stage.deployment_id else {}
    return {
        **empty,
        "DefaultRouteSettings": DEFAULT_ROUTE_SETTINGS,
        **stage.document,
        **deployment,
        "AutoDeploy": stage.auto_deploy,
        "CreatedDate": stage.created,
        "LastUpdatedDate": stage.updated,
        "StageName": stage.id,
    }
