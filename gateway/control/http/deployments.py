"""CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from gateway import quotas
from gateway.control import repository
from gateway.control.errors import ERRORS, Invalid
from gateway.control.http.changes import changes_api
from gateway.control.http.deploying import deploy, move, served_deployments
from gateway.control.models import Api, Deployment, Stage
from gateway.control.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors=ERRORS)


@changes_api(family, "CreateDeployment")
def create_deployment(session: Session, call: Call, api: Api, request: Input) -> Output:
    repository.require_room_in_api(session, Deployment, api, quotas.DEPLOYMENTS_PER_API)
    name = request.get("StageName")
    stage = repository.find(session, Stage, api, name) if name else None
    if stage is not None and stage.auto_deploy:
        raise Invalid("Deployment ID cannot be set for a stage with AutoDeploy enabled")
    deployment = deploy(session, call, api, request.get("Description", ""))
    if stage is not None:
        move(call, stage, deployment.id)
    return _present(deployment)


@family.reads("GetDeployment")
def get_deployment(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return _present(repository.find(session, Deployment, api, request["DeploymentId"]))


@family.reads("GetDeployments")
def get_deployments(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    query = (
        select(Deployment).where(Deployment.api_id == api.id).options(defer(Deployment.definition))
    )
    return page(session, call, request, query, Deployment.id, _present)


@changes_api(family, "UpdateDeployment")
def update_deployment(session: Session, _call: Call, api: Api, request: Input) -> Output:
    deployment = repository.find(session, Deployment, api, request["DeploymentId"])
    deployment.description = request.get("Description", deployment.description)
    return _present(deployment)


@changes_api(family, "DeleteDeployment")
def delete_deployment(session: Session, _call: Call, api: Api, request: Input) -> None:
    deployment = repository.find(session, Deployment, api, request["DeploymentId"])
    if deployment.id in served_deployments(session, api):
        raise Invalid("Active stages pointing to this deployment must be moved or deleted")
    session.delete(deployment)


def _present(deployment: Deployment) -> Output:
    described = {"Description": deployment.description} if deployment.description else {}
    return {
        "AutoDeployed": deployment.automatic,
        "CreatedDate": deployment.created,
        "DeploymentId": deployment.id,
        "DeploymentStatus": "DEPLOYED",
        **described,
    }
