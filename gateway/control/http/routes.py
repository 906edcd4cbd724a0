"""CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas, raised_quotas
from gateway.control import repository
from gateway.control.documents import Document, refuse, updated
from gateway.control.errors import ERRORS, Conflicting, Invalid
from gateway.control.http.changes import changes_definition
from gateway.control.http.route_keys import require_no_conflict, require_route_key
from gateway.control.models import Api, Authorizer, Integration, Route
from gateway.control.pages import page
from gateway.control.rest.models import ROUTE_RESPONSE
from gateway.control.scopes import require_scopes
from gateway.control.websocket import parts
from gateway.control.websocket import routes as websocket_routes
from gateway.control.websocket.protocol import is_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily(
    "apigatewayv2", errors=ERRORS, configured_only=websocket_routes.CONFIGURED_ONLY
)

UNSUPPORTED = {
    "ApiKeyRequired": "HTTP APIs have no API keys",
    "ModelSelectionExpression": "it is for WebSocket APIs",
    "RequestModels": "they are for WebSocket APIs",
    "RequestParameters": "they are for WebSocket APIs",
    "RouteResponseSelectionExpression": "it is for WebSocket APIs",
}
_TARGET = re.compile(r"integrations/([a-z0-9]{1,32})")


@changes_definition(family, "CreateRoute")
def create_route(session: Session, call: Call, api: Api, request: Input) -> Output:
    most = raised_quotas.most("routes_per_api", call.kernel.settings)
    repository.require_room_in_api(session, Route, api, most)
    route = Route(
        api_id=api.id,
        id=repository.new_part_id(session, Route, api, call.kernel.randomness),
        document={},
    )
    apply(session, api, route, {"AuthorizationType": "NONE", **request})
    session.add(route)
    return present(route)


@family.reads("GetRoute")
def get_route(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return present(repository.find(session, Route, api, request["RouteId"]))


@family.reads("GetRoutes")
def get_routes(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    query = select(Route).where(Route.api_id == api.id)
    return page(session, call, request, query, Route.id, present)


@changes_definition(family, "UpdateRoute")
def update_route(session: Session, _call: Call, api: Api, request: Input) -> Output:
    route = repository.find(session, Route, api, request["RouteId"])
    key = request.get("RouteKey")
    if route.document.get("ApiGatewayManaged") and key and key != route.route_key:
        raise Invalid("The route key of a route that quick create made changes through UpdateApi")
    apply(session, api, route, request)
    return present(route)


@changes_definition(family, "DeleteRoute")
def delete_route(session: Session, _call: Call, api: Api, request: Input) -> None:
    route = repository.find(session, Route, api, request["RouteId"])
    parts.delete_of_owner(session, api, ROUTE_RESPONSE, route.id)
    session.delete(route)


def apply(session: Session, api: Api, route: Route, request: Input) -> None:
    """Set the members of a route that are given. Raises `Invalid` and `Conflicting`."""
    if is_websocket(api):
        websocket_routes.apply(session, api, route, request)
        return
    refuse(request, UNSUPPORTED)
    members = ("OperationName", "AuthorizationType", "AuthorizationScopes", "Target")
    document = updated(route.document, request, members)
    authorizer_id = request.get("AuthorizerId") or route.authorizer_id
    if document.get("AuthorizationType", "NONE") in ("NONE", "AWS_IAM"):
        # UpdateRoute with NONE is how an authorizer is taken off a route; its scopes go with it.
        authorizer_id = request.get("AuthorizerId") or None
        document["AuthorizationScopes"] = request.get("AuthorizationScopes") or []
    _require_authorization(session, api, document, authorizer_id)
    _set_key(session, api, route, request)
    route.integration_id = _integration_id(session, api, document.get("Target"))
    route.authorizer_id = authorizer_id
    route.document = {name: value for name, value in document.items() if value != []}


def present(route: Route) -> Output:
    """A route as AWS shows it."""
    authorizer = {"AuthorizerId": route.authorizer_id} if route.authorizer_id else {}
    identity = {"RouteId": route.id, "RouteKey": route.route_key}
    return {"ApiKeyRequired": False, **route.document, **identity, **authorizer}


def _set_key(session: Session, api: Api, route: Route, request: Input) -> None:
    text = request.get("RouteKey")
    if text is None or text == route.route_key:
        return
    key = require_route_key(text)
    others = repository.all_of(session, Route, api)
    require_no_conflict(key, [other.route_key for other in others if other.id != route.id])
    route.route_key = text


def _integration_id(session: Session, api: Api, target: str | None) -> str:
    if not target:
        raise Invalid("Target is required: a route is served only by an integration")
    found = _TARGET.fullmatch(target)
    if found is None or session.get(Integration, (api.id, found[1])) is None:
        raise Invalid(f"Invalid target {target}: it must be integrations/ and an integration's id")
    return found[1]


def _require_authorization(
    session: Session, api: Api, document: Document, authorizer_id: str | None
) -> None:
    kind, scopes = document.get("AuthorizationType", "NONE"), document.get("AuthorizationScopes")
    if kind != "JWT" and scopes:
        raise Invalid("Scopes need the authorization type JWT")
    if kind in ("NONE", "AWS_IAM") and authorizer_id:
        raise Invalid(f"The authorization type {kind} takes no authorizer")
    wanted = {"JWT": "JWT", "CUSTOM": "REQUEST"}.get(kind)
    if wanted and _type_of(session, api, authorizer_id) != wanted:
        raise Invalid(
            "Invalid authorizer ID specified. "
            f"Setting the authorization type to {kind} requires a valid {wanted} authorizer."
        )
    _require_scopes(scopes or [])


def _type_of(session: Session, api: Api, authorizer_id: str | None) -> str | None:
    authorizer = session.get(Authorizer, (api.id, authorizer_id)) if authorizer_id else None
    return authorizer.document["AuthorizerType"] if authorizer else None


def _require_scopes(scopes: list[str]) -> None:
    if len(scopes) > quotas.SCOPES_PER_ROUTE:
        raise Conflicting(f"A route has at most {quotas.SCOPES_PER_ROUTE} authorization scopes")
    require_scopes(scopes)
