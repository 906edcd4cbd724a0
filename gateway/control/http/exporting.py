"""An HTTP API of the control plane as the values that documents are written of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.control.http.integrations import DEFAULTS
from gateway.openapi.http.values import HttpApi, Members, Part, Route

Document = Mapping[str, Any]

API_MEMBERS = (
    "Name",
    "Description",
    "Version",
    "CorsConfiguration",
    "DisableExecuteApiEndpoint",
    "Tags",
)
OWN = frozenset({"Description", "ApiGatewayManaged"})


def exported(document: Document, definition: Document) -> HttpApi:
    """An API's document and a definition, as a deployment keeps it."""
    names = {key: each["Name"] for key, each in definition["Authorizers"].items()}
    return HttpApi(
        api=_wire({name: document[name] for name in API_MEMBERS if document.get(name)}),
        routes=tuple(
            _route(route, names, definition["Integrations"])
            for route in sorted(definition["Routes"], key=_order)
        ),
        authorizers={
            each["Name"]: Part(_authorizer(each))
            for each in sorted(definition["Authorizers"].values(), key=lambda a: str(a["Name"]))
        },
    )


def _order(route: Document) -> tuple[str, str]:
    verb, _, path = route["RouteKey"].partition(" ")
    return path, verb


def _route(
    route: Document, names: Mapping[str, str], integrations: Mapping[str, Document]
) -> Route:
    members: Members = {"authorizationType": route.get("AuthorizationType", "NONE")}
    if route.get("AuthorizationScopes"):
        members["authorizationScopes"] = route["AuthorizationScopes"]
    if route.get("OperationName"):
        members["operationName"] = route["OperationName"]
    integration = integrations[route["IntegrationId"]]
    said = {
        name: value
        for name, value in integration.items()
        if name not in OWN and (name == "PayloadFormatVersion" or value != DEFAULTS.get(name))
    }
    return Route(
        key=route["RouteKey"],
        members=members,
        authorizer=names.get(route.get("AuthorizerId") or "", ""),
        integration=Part(_wire(said)),
    )


def _authorizer(document: Document) -> Members:
    return _wire({name: value for name, value in document.items() if name != "AuthorizerId"})


def _wire(document: Document) -> Members:
    """Names as the wire has them; those below, such as of a CORS configuration, too.

    Maps whose keys are the operator's own, such as tags and parameters, stay as they are.
    """
    return {name[0].lower() + name[1:]: _inner(name, value) for name, value in document.items()}


def _inner(name: str, value: Any) -> Any:
    is_shape = name in ("CorsConfiguration", "JwtConfiguration", "TlsConfig")
    return _wire(value) if is_shape and isinstance(value, Mapping) else value
