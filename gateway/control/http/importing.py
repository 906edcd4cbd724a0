"""How an HTTP API becomes what an OpenAPI document says, by the services of its operations.

Routes, authorizers and integrations that the document says again keep their ids, so that taking
the same document twice changes nothing. Routes that lead to the same backend share it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.http import apis, authorizers, integrations, routes
from gateway.control.models import Api, Authorizer, Integration, Route
from gateway.control.shaping import Import
from gateway.control.tagging import require_tags
from gateway.openapi.faults import Faults
from gateway.openapi.http.values import HttpApi, Part
from gateway.openapi.http.values import Route as WantedRoute
from kernel.aws.operations import Call

PROTOCOL = "HTTP"
OWN = frozenset({"Description", "ApiGatewayManaged"})
"""What an integration says that no document does."""


@dataclass(frozen=True)
class Taking(Import):
    """The import of an HTTP API."""

    SERVICE = "apigatewayv2"

    wanted: HttpApi
    integrations: dict[str, Integration] = field(default_factory=dict)
    """Those that there are, by what they say."""
    used: set[str] = field(default_factory=set)
    """The ids of the integrations that the document leads to."""


def take(session: Session, call: Call, api: Api, wanted: HttpApi, faults: Faults) -> None:
    """Let an API be what a document says.

    What services refuse is added to the faults; whoever calls rolls everything back for them.
    """
    taking = Taking(session, call, api, faults, wanted)
    _take_api(taking)
    _drop_routes(taking)
    for name, part in wanted.authorizers.items():
        _take_authorizer(taking, name, part)
    for row in repository.all_of(session, Integration, api):
        taking.integrations.setdefault(_said(row.document), row)
    names = {row.name: row.id for row in repository.all_of(session, Authorizer, api)}
    rows = {row.route_key: row for row in repository.all_of(session, Route, api)}
    for route in wanted.routes:
        _take_route(taking, route, rows.get(route.key), names)
    _drop_parts(taking)
    session.flush()


def _take_api(taking: Taking) -> None:
    given = {"protocolType": PROTOCOL, **taking.wanted.api}
    request = taking.shaped("CreateApi", given, ("info",))
    if request is None:
        return
    api = taking.api
    tags = request.pop("Tags", None)
    present = {"Tags": api.document.get("Tags", {}) if tags is None else tags}
    if "DisableExecuteApiEndpoint" in api.document:
        present["DisableExecuteApiEndpoint"] = api.document["DisableExecuteApiEndpoint"]

    def store() -> None:
        require_tags(present["Tags"])
        apis.set_members(api, present, request)

    taking.attempt(("info",), store)


def _drop_routes(taking: Taking) -> None:
    keys = {route.key for route in taking.wanted.routes}
    for row in repository.all_of(taking.session, Route, taking.api):
        if row.route_key not in keys:
            taking.session.delete(row)
        else:
            row.document, row.authorizer_id = {}, None
    taking.session.flush()


def _drop_parts(taking: Taking) -> None:
    session = taking.session
    session.flush()
    for integration in repository.all_of(session, Integration, taking.api):
        if integration.id not in taking.used:
            session.delete(integration)
    for authorizer in repository.all_of(session, Authorizer, taking.api):
        if authorizer.name not in taking.wanted.authorizers:
            session.delete(authorizer)


def _take_authorizer(taking: Taking, name: str, part: Part) -> None:
    session, api = taking.session, taking.api
    request = taking.shaped("CreateAuthorizer", part.members, part.where)
    if request is None:
        return
    rows = {row.name: row for row in repository.all_of(session, Authorizer, api)}
    if name in rows:
        rows[name].document = {}
        taking.attempt(part.where, authorizers.apply, session, api, rows[name], request)
    else:
        create = authorizers.create_authorizer
        taking.attempt(part.where, create, session, taking.call, api, request)
    session.flush()


def _take_route(
    taking: Taking, wanted: WantedRoute, row: Route | None, authorizers_by_name: dict[str, str]
) -> None:
    if wanted.integration is None:
        return
    integration = _integration(taking, wanted.integration)
    request = taking.shaped("CreateRoute", {**wanted.members, "routeKey": wanted.key}, wanted.where)
    if request is None or integration is None:
        return
    request["Target"] = f"integrations/{integration.id}"
    session, api = taking.session, taking.api
    if wanted.authorizer:
        if wanted.authorizer not in authorizers_by_name:
            return  # its own fault is told where it is
        request["AuthorizerId"] = authorizers_by_name[wanted.authorizer]
    if row is None:
        taking.attempt(wanted.where, routes.create_route, session, taking.call, api, request)
    else:
        taking.attempt(wanted.where, routes.apply, session, api, row, request)
    session.flush()


def _integration(taking: Taking, part: Part) -> Integration | None:
    """The integration of these members that there is, or a new one."""
    request = taking.shaped("CreateIntegration", part.members, part.where)
    if request is None:
        return None
    session, api = taking.session, taking.api
    sample = Integration(api_id=api.id, id="sample", document={})
    if taking.attempt(part.where, _applied, taking, sample, request) is None:
        return None
    said = _said(sample.document)
    if said in taking.integrations:
        taking.used.add(taking.integrations[said].id)
        return taking.integrations[said]
    made: Integration | None = taking.attempt(
        part.where, integrations.create, session, taking.call, api, request
    )
    if made is not None:
        session.flush()
        taking.integrations[said] = made
        taking.used.add(made.id)
    return made


def _applied(taking: Taking, sample: Integration, request: dict[str, Any]) -> Integration:
    integrations.apply(taking.session, taking.call, taking.api, sample, request)
    return sample


def _said(document: dict[str, Any]) -> str:
    said = {name: value for name, value in document.items() if name not in OWN}
    return json.dumps(said, sort_keys=True)
