"""Deployments of REST APIs: a definition, frozen, which stages serve and their canaries too.

What changes in the working copy waits for the next one.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.compiling.rest import compile_stage
from gateway.control.errors import Invalid, Missing
from gateway.control.freezing import freeze
from gateway.control.models import Api, Deployment, Stage
from gateway.control.repository import all_of, find, require_room_in_api
from gateway.control.rest.definition import definition_of
from gateway.route_tree import InvalidRouteKey
from kernel.aws.operations import Call

NO_METHODS = "The REST API doesn't contain any methods"
NO_INTEGRATION = "No integration defined for method"
DEPLOYMENT_MISSING = "Invalid Deployment identifier specified"


def deploy(session: Session, call: Call, api: Api, description: str) -> Deployment:
    """Freeze the API's definition as it is now. Raises `Invalid` and `Exceeded`."""
    if len(description) > 1024:
        raise Invalid("The description of a deployment has at most 1024 characters")
    require_room_in_api(session, Deployment, api, quotas.DEPLOYMENTS_PER_API)
    definition = definition_of(session, api)
    _require_servable(definition)
    return freeze(session, call, api, description, definition)


def find_deployment(session: Session, api: Api, deployment_id: str) -> Deployment:
    """A deployment of an API. Raises `Missing`."""
    try:
        return find(session, Deployment, api, deployment_id)
    except Missing:
        raise Missing(DEPLOYMENT_MISSING) from None


def is_served(session: Session, api: Api, deployment_id: str) -> bool:
    """Whether a stage, or the canary of one, serves a deployment."""
    return any(deployment_id in _served_by(stage) for stage in all_of(session, Stage, api))


def _served_by(stage: Stage) -> tuple[str | None, str | None]:
    canary = stage.document.get("canarySettings") or {}
    return stage.deployment_id, canary.get("deploymentId")


def _require_servable(definition: dict[str, Any]) -> None:
    """Nothing is deployed that workers could not compile again. Raises `Invalid`."""
    methods = [
        method for resource in definition["resources"] for method in resource["methods"].values()
    ]
    if not methods:
        raise Invalid(NO_METHODS)
    if any("methodIntegration" not in method for method in methods):
        raise Invalid(NO_INTEGRATION)
    if len(json.dumps(definition)) > quotas.DEPLOYMENT_BYTES:
        raise Invalid("The REST API is too large to be deployed")
    try:
        compile_stage("", {}, definition, str)
    except InvalidRouteKey as error:
        raise Invalid(str(error)) from None
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"The REST API cannot be served: {type(error).__name__} {error}") from None
