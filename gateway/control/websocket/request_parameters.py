"""DeleteRouteRequestParameter: the only way to take one parameter off a route."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.errors import ERRORS, Missing
from gateway.control.http.changes import changes_definition
from gateway.control.models import Api, Route
from kernel.aws.operations import Call, Input, OperationFamily

family = OperationFamily("apigatewayv2", errors=ERRORS)


@changes_definition(family, "DeleteRouteRequestParameter")
def delete_route_request_parameter(session: Session, _call: Call, api: Api, request: Input) -> None:
    route = repository.find(session, Route, api, request["RouteId"])
    parameters, key = route.document.get("RequestParameters", {}), request["RequestParameterKey"]
    if key not in parameters:
        raise Missing(f"Invalid route request parameter specified {key[:128]}")
    kept = {name: each for name, each in parameters.items() if name != key}
    route.document = {**route.document, "RequestParameters": kept}
