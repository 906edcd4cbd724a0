"""Quick create: an API with a target gets an integration, a route and a stage that deploys itself.

"Quick create produces an API with an integration, a default catch-all route, and a default stage
which is configured to automatically deploy changes" (CreateApiRequest$Target). These three are
managed: UpdateApi changes them, and they go with their API.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.errors import Invalid
from gateway.control.http import integrations, routes
from gateway.control.models import Api, Integration, Route, Stage
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import DEFAULT_STAGE
from kernel.aws.operations import Call, Input

MANAGED = {"ApiGatewayManaged": True}


def create_parts(session: Session, call: Call, api: Api, request: Input) -> None:
    """Make what quick create makes. Raises `Invalid`."""
    target = _integration_members(request["Target"])
    integration = integrations.create(session, call, api, target)
    integration.document = {**integration.document, **MANAGED}
    session.flush()
    route = Route(
        api_id=api.id,
        id=repository.new_part_id(session, Route, api, call.kernel.randomness),
        document={"AuthorizationType": "NONE", **MANAGED},
    )
    key = request.get("RouteKey") or DEFAULT_KEY
    members = {"RouteKey": key, "Target": f"integrations/{integration.id}"}
    routes.apply(session, api, route, members)
    session.add_all([route, _default_stage(call, api)])
    session.flush()


def update_parts(session: Session, call: Call, api: Api, request: Input) -> None:
    """Change the target or route key of an API that quick create made. Raises `Invalid`."""
    integration = next(filter(_is_managed, repository.all_of(session, Integration, api)), None)
    route = next(filter(_is_managed, repository.all_of(session, Route, api)), None)
    if request.get("Target"):
        if integration is None:
            raise Invalid("Target changes only an API that quick create made")
        integrations.apply(session, call, api, integration, _integration_members(request["Target"]))
    if request.get("RouteKey"):
        if route is None:
            raise Invalid("RouteKey changes only an API that still has its quick create route")
        routes.apply(session, api, route, {"RouteKey": request["RouteKey"]})


def _integration_members(target: str) -> Input:
    if target.startswith("arn:"):
        return {
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": target,
            "PayloadFormatVersion": "2.0",
        }
    return {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": target}


def _is_managed(part: Integration | Route) -> bool:
    return bool(part.document.get("ApiGatewayManaged"))


def _default_stage(call: Call, api: Api) -> Stage:
    now = call.kernel.clock.now()
    return Stage(
        api_id=api.id,
        id=DEFAULT_STAGE,
        auto_deploy=True,
        document=dict(MANAGED),
        created=now,
        updated=now,
    )
