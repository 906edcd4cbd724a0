"""Routes of WebSocket APIs: what they may say."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.documents import Document, updated
from gateway.control.errors import Conflicting, Invalid
from gateway.control.models import Api, Authorizer, Integration, Route
from gateway.control.websocket.bounds import require_expression, require_route_parameters
from gateway.control.websocket.models import require_models
from gateway.control.websocket.protocol import NOT_SERVED
from kernel.aws.operations import Input

CONFIGURED_ONLY = dict.fromkeys(
    (
        "ApiKeyRequired",
        "ModelSelectionExpression",
        "RequestModels",
        "RouteResponseSelectionExpression",
    ),
    NOT_SERVED,
)
MEMBERS = (
    "ApiKeyRequired",
    "AuthorizationType",
    "ModelSelectionExpression",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RouteResponseSelectionExpression",
    "Target",
)
PREDEFINED = ("$connect", "$default", "$disconnect")
TARGET = "integrations/"


def apply(session: Session, api: Api, route: Route, request: Input) -> None:
    """Set the members of a route that are given. Raises `Invalid` and `Conflicting`."""
    if request.get("AuthorizationScopes"):
        raise Invalid("AuthorizationScopes are not supported on protocolType WEBSOCKET")
    document = updated(route.document, request, MEMBERS)
    _set_key(session, api, route, request)
    route.integration_id = _integration_id(session, api, document.get("Target"))
    route.authorizer_id = _authorizer_id(session, api, route, document, request)
    for member in ("ModelSelectionExpression", "RouteResponseSelectionExpression"):
        if member in document:
            require_expression(member, document[member])
    require_models(session, api, document.get("RequestModels", {}))
    require_route_parameters(document.get("RequestParameters", {}))
    route.document = document


def _set_key(session: Session, api: Api, route: Route, request: Input) -> None:
    key = request.get("RouteKey")
    if key is None or key == route.route_key:
        return
    if not 1 <= len(key) <= quotas.ROUTE_KEY_CHARACTERS or not key.isprintable():
        raise Invalid("The provided route key is not formatted properly for WEBSOCKET protocol")
    if key.startswith("$") and key not in PREDEFINED:
        raise Invalid(f"Route keys that start with $ are {', '.join(PREDEFINED)}")
    if any(other.route_key == key for other in repository.all_of(session, Route, api)):
        raise Conflicting(f"Route with key {key} already exists for this API")
    route.route_key = key


def _integration_id(session: Session, api: Api, target: str | None) -> str | None:
    """A route may have no target until its API is deployed."""
    if not target:
        return None
    integration_id = target.removeprefix(TARGET)
    plain = integration_id.isalnum() and integration_id.isascii() and len(integration_id) <= 32
    known = plain and session.get(Integration, (api.id, integration_id)) is not None
    if not target.startswith(TARGET) or not known:
        raise Invalid(f"Invalid target {target}: it must be integrations/ and an integration's id")
    return integration_id


def _authorizer_id(
    session: Session, api: Api, route: Route, document: Document, request: Input
) -> str | None:
    kind = document.get("AuthorizationType", "NONE")
    if kind not in ("NONE", "AWS_IAM", "CUSTOM"):
        raise Invalid(f"The authorization type {kind} is not supported on protocolType WEBSOCKET")
    if kind != "NONE" and route.route_key != "$connect":
        # Developer guide, "Control and manage access to WebSocket APIs": only when connecting.
        raise Invalid("Authorization is supported only on the $connect route")
    given: str | None = request.get("AuthorizerId") or None
    if kind != "CUSTOM":
        if given:
            raise Invalid(f"The authorization type {kind} takes no authorizer")
        return None
    named = given or route.authorizer_id
    if named is None or session.get(Authorizer, (api.id, named)) is None:
        raise Invalid(
            "Invalid authorizer ID specified. CUSTOM requires a valid REQUEST authorizer."
        )
    return named
