"""The operations on authorizers, and ResetAuthorizersCache."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas, raised_quotas
from gateway.control import repository
from gateway.control.documents import Document, refuse, updated
from gateway.control.errors import ERRORS, Conflicting, Invalid
from gateway.control.http.changes import changes_definition
from gateway.control.http.function_authorizers import DEFAULT_TTL, require_function_authorizer
from gateway.control.issuers import is_issuer
from gateway.control.models import Api, Authorizer, Route, Stage
from gateway.control.pages import page
from gateway.control.websocket import authorizers as websocket_authorizers
from gateway.control.websocket.protocol import is_websocket
from gateway.flushing import AUTHORIZERS, flush
from gateway.header_rules import TOKEN_CHARACTER
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors=ERRORS)

MEMBERS = ("Name", "AuthorizerType", "IdentitySource")
MEMBERS_OF_FUNCTIONS = (
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerUri",
    "EnableSimpleResponses",
)
UNSUPPORTED = {
    "AuthorizerCredentialsArn": "functions of your own server need no role",
    "IdentityValidationExpression": "it is not used",
}
OTHER_TYPE = {
    "JWT": dict.fromkeys(MEMBERS_OF_FUNCTIONS, "it is for REQUEST authorizers"),
    "REQUEST": {"JwtConfiguration": "it is for JWT authorizers"},
}
_IDENTITY_SOURCE = re.compile(
    rf"\$request\.(header\.{TOKEN_CHARACTER}{{1,128}}|querystring\.[A-Za-z0-9._~-]{{1,128}})"
)


@changes_definition(family, "CreateAuthorizer")
def create_authorizer(session: Session, call: Call, api: Api, request: Input) -> Output:
    most = raised_quotas.most("authorizers_per_api", call.kernel.settings)
    repository.require_room_in_api(session, Authorizer, api, most)
    authorizer = Authorizer(
        api_id=api.id,
        id=repository.new_part_id(session, Authorizer, api, call.kernel.randomness),
        document={},
    )
    apply(session, api, authorizer, request)
    session.add(authorizer)
    return _present(authorizer)


@family.reads("GetAuthorizer")
def get_authorizer(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return _present(repository.find(session, Authorizer, api, request["AuthorizerId"]))


@family.reads("GetAuthorizers")
def get_authorizers(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    query = select(Authorizer).where(Authorizer.api_id == api.id)
    return page(session, call, request, query, Authorizer.id, _present)


@changes_definition(family, "UpdateAuthorizer")
def update_authorizer(session: Session, _call: Call, api: Api, request: Input) -> Output:
    authorizer = repository.find(session, Authorizer, api, request["AuthorizerId"])
    apply(session, api, authorizer, request)
    return _present(authorizer)


@changes_definition(family, "DeleteAuthorizer")
def delete_authorizer(session: Session, _call: Call, api: Api, request: Input) -> None:
    authorizer = repository.find(session, Authorizer, api, request["AuthorizerId"])
    for route in repository.all_of(session, Route, api):
        if route.authorizer_id == authorizer.id:
            raise Conflicting(
                f"Cannot delete authorizer '{authorizer.name}', "
                f"is referenced in route: {route.route_key}"
            )
    session.delete(authorizer)


def apply(session: Session, api: Api, authorizer: Authorizer, request: Input) -> None:
    """Set the members of an authorizer that are given. Raises `Invalid` and `Conflicting`."""
    if is_websocket(api):
        document = websocket_authorizers.applied(authorizer.document, request)
        _set_name(session, api, authorizer, document)
        authorizer.document = document
    else:
        _apply_http(session, api, authorizer, request)


def _apply_http(session: Session, api: Api, authorizer: Authorizer, request: Input) -> None:
    kind = request.get("AuthorizerType") or authorizer.document.get("AuthorizerType", "JWT")
    if kind != authorizer.document.get("AuthorizerType", kind):
        raise Invalid("The type of an authorizer cannot be changed")
    refuse(request, {**UNSUPPORTED, **OTHER_TYPE[kind]})
    document = updated(authorizer.document, request, MEMBERS)
    if kind == "JWT":
        _apply_jwt(document, request)
    else:
        document = _apply_function(document, request)
    _set_name(session, api, authorizer, document)
    authorizer.document = document


def _apply_jwt(document: Document, request: Input) -> None:
    document["JwtConfiguration"] = {
        **document.get("JwtConfiguration", {}),
        **(request.get("JwtConfiguration") or {}),
    }
    require_identity_source(document.get("IdentitySource", []))
    require_jwt_configuration(document["JwtConfiguration"])


def _apply_function(document: Document, request: Input) -> Document:
    given = {name: request[name] for name in MEMBERS_OF_FUNCTIONS if request.get(name) is not None}
    document = {"EnableSimpleResponses": False, **document, **given}
    if "AuthorizerResultTtlInSeconds" not in document:
        has_sources = bool(document.get("IdentitySource"))
        document["AuthorizerResultTtlInSeconds"] = DEFAULT_TTL if has_sources else 0
    require_function_authorizer(document)
    return document


@family.operation("ResetAuthorizersCache")
def reset_authorizers_cache(call: Call, request: Input) -> None:
    call.kernel.database.read(_require_stage, call, request)
    api_id, stage = request["ApiId"], request["StageName"]
    flush(call.kernel.shared_state, AUTHORIZERS, api_id, stage)


def _require_stage(session: Session, call: Call, request: Input) -> None:
    api = repository.find_api(session, call, request["ApiId"])
    repository.find(session, Stage, api, request["StageName"])


def require_identity_source(sources: list[str]) -> None:
    """A token comes from one header or one query parameter. Raises `Invalid`."""
    if len(sources) != 1 or not _IDENTITY_SOURCE.fullmatch(sources[0]):
        raise Invalid(
            "IdentitySource of a JWT authorizer must be one $request.header.NAME or "
            "$request.querystring.NAME"
        )


def require_jwt_configuration(configuration: dict[str, Any]) -> None:
    """An issuer whose keys can be fetched safely, and audiences. Raises `Invalid`."""
    issuer, audiences = configuration.get("Issuer", ""), configuration.get("Audience", [])
    if not is_issuer(issuer):
        raise Invalid(
            f"Invalid issuer: {issuer}. Issuer must be an https URL, or http on a loopback host"
        )
    if not audiences or not all(audiences):
        raise Invalid("JwtConfiguration.Audience must name at least one audience")
    if len(audiences) > quotas.AUDIENCES_PER_AUTHORIZER:
        raise Conflicting(f"An authorizer has at most {quotas.AUDIENCES_PER_AUTHORIZER} audiences")


def _set_name(session: Session, api: Api, authorizer: Authorizer, document: Document) -> None:
    name = document.get("Name")
    if not name:
        raise Invalid("Name is required")
    others = repository.all_of(session, Authorizer, api)
    if any(other.name == name and other.id != authorizer.id for other in others):
        raise Conflicting(f"Authorizer name must be unique. Authorizer {name} already exists")
    authorizer.name = name


def _present(authorizer: Authorizer) -> Output:
    return {**authorizer.document, "AuthorizerId": authorizer.id}
