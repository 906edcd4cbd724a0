"""The frozen definition of a WebSocket API."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gateway.control.errors import Invalid
from gateway.control.models import Api, Authorizer, Integration, Route
from gateway.control.repository import all_of
from gateway.control.rest.models import INTEGRATION_RESPONSE, MODEL, ROUTE_RESPONSE, Part
from gateway.control.websocket import parts


def definition(session: Session, api: Api) -> dict[str, Any]:
    """Everything that a listener needs. Raises `Invalid` for a route that leads nowhere."""
    routes = all_of(session, Route, api)
    for route in routes:
        if route.integration_id is None:
            raise Invalid(f"Route {route.route_key} has no target: it must have an integration")
    return {
        "Routes": [_frozen(route) for route in routes],
        "Integrations": {i.id: i.document for i in all_of(session, Integration, api)},
        "Authorizers": {a.id: a.document for a in all_of(session, Authorizer, api)},
        "Models": _documents(session, api, MODEL),
        "RouteResponses": _documents(session, api, ROUTE_RESPONSE),
        "IntegrationResponses": _documents(session, api, INTEGRATION_RESPONSE),
        "RouteSelectionExpression": api.document["RouteSelectionExpression"],
        "ApiKeySelectionExpression": api.document["ApiKeySelectionExpression"],
    }


def _frozen(route: Route) -> dict[str, Any]:
    return {
        **route.document,
        "RouteId": route.id,
        "RouteKey": route.route_key,
        "IntegrationId": route.integration_id,
        "AuthorizerId": route.authorizer_id,
    }


def _documents(session: Session, api: Api, kind: str) -> dict[str, Any]:
    return {each.id: _named(each) for each in parts.all_of_kind(session, api, kind)}


def _named(part: Part) -> dict[str, Any]:
    return {**part.document, "Name": part.name} if part.kind == MODEL else dict(part.document)
