"""CreateApi, GetApi, GetApis, UpdateApi, DeleteApi: of HTTP APIs and of WebSocket APIs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.changes import changes
from gateway.control.documents import Document, refuse, updated
from gateway.control.endpoints import api_endpoint
from gateway.control.errors import ERRORS, Full, Invalid, Refused, unsupported
from gateway.control.http import quick_create
from gateway.control.http.changes import changes_api, changes_definition
from gateway.control.http.cors import require_cors
from gateway.control.http.deploying import deploy_automatically
from gateway.control.models import Api
from gateway.control.pages import page
from gateway.control.tagging import require_tags
from gateway.control.websocket import apis as websocket_apis
from gateway.control.websocket.protocol import NOT_SERVED, is_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.settings import Settings

CONFIGURED_ONLY = {
    "DisableSchemaValidation": NOT_SERVED,
    "ProtocolType": "WEBSOCKET: " + NOT_SERVED,
}
family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

DEFAULTS: Document = {
    "ApiKeySelectionExpression": "$request.header.x-api-key",
    "DisableExecuteApiEndpoint": False,
    "IpAddressType": "ipv4",
    "RouteSelectionExpression": "$request.method $request.path",
}
MEMBERS = ("Name", "Description", "Version", "CorsConfiguration", "DisableExecuteApiEndpoint")
UNSUPPORTED = {
    "CredentialsArn": "HTTP integrations use no credentials",
    "DisableSchemaValidation": "it is for WebSocket APIs",
}
# Clients send these with their defaults; no other value has an effect on an HTTP API.
FIXED = {
    "ApiKeySelectionExpression": {DEFAULTS["ApiKeySelectionExpression"]},
    "IpAddressType": {"ipv4"},
    "RouteSelectionExpression": {
        DEFAULTS["RouteSelectionExpression"],
        "${request.method} ${request.path}",
    },
}


@changes(family, "CreateApi")
def create_api(session: Session, call: Call, request: Input) -> Output:
    if request.get("RouteKey") and not request.get("Target"):
        raise Invalid("RouteKey is part of quick create, which needs a Target")
    require_tags(request.get("Tags", {}))
    api = add_api(session, call, {"Tags": request.get("Tags", {})}, request)
    if request.get("Target"):
        quick_create.create_parts(session, call, api, request)
        deploy_automatically(session, call, api)
    return present(call.kernel.settings, api)


@family.reads("GetApi")
def get_api(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return present(call.kernel.settings, api)


@family.reads("GetApis")
def get_apis(session: Session, call: Call, request: Input) -> Output:
    query = select(Api).where(
        Api.account == call.account, Api.region == call.region, Api.protocol != "REST"
    )
    settings = call.kernel.settings
    return page(session, call, request, query, Api.id, lambda api: present(settings, api))


@changes_definition(family, "UpdateApi")
def update_api(session: Session, call: Call, api: Api, request: Input) -> Output:
    _apply(api, request)
    if request.get("Target") or request.get("RouteKey"):
        quick_create.update_parts(session, call, api, request)
    return present(call.kernel.settings, api)


@changes_api(family, "DeleteApi")
def delete_api(session: Session, _call: Call, api: Api, _request: Input) -> None:
    session.delete(api)


def add_api(session: Session, call: Call, document: Document, request: Input) -> Api:
    """A new API of a document and of CreateApi's members. Raises `Invalid`, `Conflicting`."""
    mine = select(Api).where(Api.account == call.account, Api.region == call.region)
    most = quotas.APIS_PER_ACCOUNT_AND_REGION
    repository.require_room(session, mine, most, "APIs for this account", Full)
    api = Api(
        id=repository.new_api_id(session, call.kernel.randomness),
        account=call.account,
        region=call.region,
        protocol=request.get("ProtocolType") or "HTTP",
        document={},
        created=call.kernel.clock.now(),
    )
    set_members(api, document, request)
    session.add(api)
    session.flush()
    return api


def set_members(api: Api, document: Document, request: Input) -> None:
    """Let an API be a document with the members that are given. Raises `Invalid`."""
    refused = api.document
    try:
        api.document = document
        _apply(api, request)
    except Refused:
        api.document = refused
        raise


def present(settings: Settings, api: Api) -> Output:
    """An API as AWS shows it."""
    defaults, endpoint = DEFAULTS, api_endpoint(settings, api.id)
    if is_websocket(api):
        # `http` becomes `ws`, `https` becomes `wss`.
        defaults, endpoint = {}, endpoint.replace("http", "ws", 1)
    return {
        **defaults,
        **api.document,
        "ApiEndpoint": endpoint,
        "ApiId": api.id,
        "CreatedDate": api.created,
        "ProtocolType": api.protocol,
    }


def _apply(api: Api, request: Input) -> None:
    if is_websocket(api):
        api.document = websocket_apis.applied(api.document, request)
    else:
        _apply_http(api, request)


def _apply_http(api: Api, request: Input) -> None:
    refuse(request, UNSUPPORTED)
    for member, values in FIXED.items():
        if request.get(member) and request[member] not in values:
            raise unsupported(f"{member} {request[member]}", f"it is {DEFAULTS[member]}")
    document = updated(api.document, request, MEMBERS)
    if not document.get("Name"):
        raise Invalid("Name is required")
    require_cors(document.get("CorsConfiguration", {}))
    api.document = document
