"""CreateRouteResponse, GetRouteResponse, GetRouteResponses, UpdateRouteResponse,
DeleteRouteResponse."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.documents import updated
from gateway.control.errors import ERRORS, Invalid
from gateway.control.http.changes import changes_definition
from gateway.control.models import Api, Route
from gateway.control.rest.models import ROUTE_RESPONSE, Part
from gateway.control.websocket import parts, responses
from gateway.control.websocket.bounds import require_expression, require_route_parameters
from gateway.control.websocket.models import require_models
from gateway.control.websocket.protocol import NOT_SERVED, require_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = dict.fromkeys(
    ("ModelSelectionExpression", "ResponseModels", "RouteResponseKey"), NOT_SERVED
)

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

ID = "RouteResponseId"
KEY = "RouteResponseKey"
MEMBERS = ("ModelSelectionExpression", "ResponseModels", "ResponseParameters")


@changes_definition(family, "CreateRouteResponse")
def create_route_response(session: Session, call: Call, api: Api, request: Input) -> Output:
    route = repository.find(session, Route, api, request["RouteId"])
    require_websocket(api, "Route responses")
    response = responses.new_response(session, call, api, ROUTE_RESPONSE, route.id)
    _apply(session, api, response, request)
    session.add(response)
    return responses.present(response, ID)


@family.reads("GetRouteResponse")
def get_route_response(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return responses.present(_find(session, api, request), ID)


@family.reads("GetRouteResponses")
def get_route_responses(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    route = repository.find(session, Route, api, request["RouteId"])
    return responses.page_of(session, call, request, api, ROUTE_RESPONSE, route.id, ID)


@changes_definition(family, "UpdateRouteResponse")
def update_route_response(session: Session, _call: Call, api: Api, request: Input) -> Output:
    response = _find(session, api, request)
    _apply(session, api, response, request)
    return responses.present(response, ID)


@changes_definition(family, "DeleteRouteResponse")
def delete_route_response(session: Session, _call: Call, api: Api, request: Input) -> None:
    session.delete(_find(session, api, request))


def _find(session: Session, api: Api, request: Input) -> Part:
    route = repository.find(session, Route, api, request["RouteId"])
    return parts.find_of_owner(session, api, ROUTE_RESPONSE, route.id, request[ID])


def _apply(session: Session, api: Api, response: Part, request: Input) -> None:
    document = updated(response.document, request, MEMBERS)
    key = request.get(KEY) or document.get(KEY, "")
    if key != "$default":
        # Developer guide, "Set up route responses for a WebSocket API": "only $default".
        raise Invalid("RouteResponseKey must be $default")
    if "ModelSelectionExpression" in document:
        require_expression("ModelSelectionExpression", document["ModelSelectionExpression"])
    require_models(session, api, document.get("ResponseModels", {}))
    require_route_parameters(document.get("ResponseParameters", {}), response=True)
    responses.set_document(session, api, response, document, KEY, key)
