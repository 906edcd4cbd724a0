"""Deployments: a definition of an API, frozen, and the stages that serve it.

With AutoDeploy a stage follows every change; without it, only CreateDeployment and UpdateStage
move it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.compiling.http import compile_stage
from gateway.control.errors import Invalid
from gateway.control.freezing import freeze
from gateway.control.models import Api, Authorizer, Deployment, Integration, Route, Stage
from gateway.control.repository import all_of
from gateway.control.websocket import deploying as websocket_deploying
from gateway.control.websocket.protocol import is_websocket
from gateway.route_tree import InvalidRouteKey
from kernel.aws.operations import Call

NO_ROUTES = "Unable to deploy API because no routes exist in this API"
AUTOMATIC_DESCRIPTION = "Automatic deployment triggered by changes to the Api configuration"


class NothingToDeploy(Invalid):
    """An API without routes."""


def deploy(
    session: Session, call: Call, api: Api, description: str, *, automatic: bool = False
) -> Deployment:
    """Freeze the API's definition as it is now. Raises `Invalid`, for one without routes too."""
    definition = definition_of(session, api)
    if not definition["Routes"]:
        raise NothingToDeploy(NO_ROUTES)
    if not is_websocket(api):
        _require_servable(definition)
    return freeze(session, call, api, description, definition, automatic=automatic)


def deploy_automatically(session: Session, call: Call, api: Api) -> None:
    """Move every stage with AutoDeploy to the API as it is now. Raises `Invalid`."""
    stages = [stage for stage in all_of(session, Stage, api) if stage.auto_deploy]
    if not stages:
        return
    deployment_id: str | None = None
    try:
        deployment_id = deploy(session, call, api, AUTOMATIC_DESCRIPTION, automatic=True).id
        message = f"Successfully deployed stage with deployment ID '{deployment_id}'"
    except NothingToDeploy as error:
        # The last route was removed. It must not be served on, so the stage serves nothing.
        message = f"Deployment attempt failed: {error}"
    for stage in stages:
        stage.document = {**stage.document, "LastDeploymentStatusMessage": message}
        move(call, stage, deployment_id)
    session.flush()
    _remove_superseded(session, api)


def move(call: Call, stage: Stage, deployment_id: str | None) -> None:
    """Let a stage serve another deployment; `None` takes it out of service."""
    stage.deployment_id = deployment_id
    stage.updated = call.kernel.clock.now()


def served_deployments(session: Session, api: Api) -> set[str]:
    """The ids of the deployments that stages serve."""
    return {stage.deployment_id for stage in all_of(session, Stage, api) if stage.deployment_id}


def _require_servable(definition: dict[str, Any]) -> None:
    """Nothing is deployed that workers could not compile again."""
    try:
        compile_stage("", {}, definition)
    except InvalidRouteKey as error:
        raise Invalid(str(error)) from None


def definition_of(session: Session, api: Api) -> dict[str, Any]:
    """The definition of an API at this moment."""
    if is_websocket(api):
        return websocket_deploying.definition(session, api)
    routes = all_of(session, Route, api)
    return {
        "Routes": [_frozen(route) for route in routes],
        "Integrations": {i.id: i.document for i in all_of(session, Integration, api)},
        "Authorizers": {
            a.id: {**a.document, "AuthorizerId": a.id} for a in all_of(session, Authorizer, api)
        },
    }


def _frozen(route: Route) -> dict[str, Any]:
    return {
        "RouteKey": route.route_key,
        "IntegrationId": route.integration_id,
        "AuthorizerId": route.authorizer_id,
        "AuthorizationType": route.document.get("AuthorizationType", "NONE"),
        "AuthorizationScopes": route.document.get("AuthorizationScopes", []),
        "OperationName": route.document.get("OperationName", ""),
    }


def _remove_superseded(session: Session, api: Api) -> None:
    """Automatic deployments come with every change; the old ones that nothing serves go."""
    of_api = Deployment.api_id == api.id
    superseded = session.scalars(
        select(Deployment.id)
        .where(of_api, Deployment.automatic, Deployment.id.not_in(served_deployments(session, api)))
        .order_by(Deployment.ordinal.desc())
    ).all()[quotas.AUTOMATIC_DEPLOYMENTS_KEPT :]
    if superseded:
        session.execute(delete(Deployment).where(of_api, Deployment.id.in_(superseded)))
