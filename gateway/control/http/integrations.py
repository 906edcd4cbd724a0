"""CreateIntegration, GetIntegration, GetIntegrations, UpdateIntegration, DeleteIntegration."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.documents import Document, merged, refuse, updated
from gateway.control.errors import ERRORS, RAISABLE_TIMEOUT, Conflicting, Invalid
from gateway.control.http import private_integrations as private
from gateway.control.http import service_integrations as services
from gateway.control.http.changes import changes_definition
from gateway.control.http.function_authorizers import PAYLOAD_VERSIONS, require_function_uri
from gateway.control.http.parameter_mappings import set_parameter_mappings
from gateway.control.models import Api, Integration, Route
from gateway.control.pages import page
from gateway.control.rest.models import INTEGRATION_RESPONSE
from gateway.control.websocket import integrations as websocket_integrations
from gateway.control.websocket import parts
from gateway.control.websocket.protocol import is_websocket
from gateway.integrations.endpoint import Endpoint, InvalidEndpoint
from gateway.route_tree import METHODS
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily(
    "apigatewayv2",
    errors=ERRORS,
    configured_only={**services.CONFIGURED_ONLY, **websocket_integrations.CONFIGURED_ONLY},
)

DEFAULTS: Document = {
    "ConnectionType": "INTERNET",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS,
}
MEMBERS = (
    "Description",
    "IntegrationSubtype",
    "IntegrationType",
    "IntegrationUri",
    "IntegrationMethod",
    "ConnectionId",
    "ConnectionType",
    "CredentialsArn",
    "PayloadFormatVersion",
    "RequestParameters",
    "TimeoutInMillis",
    "TlsConfig",
)
UNSUPPORTED = {
    "ContentHandlingStrategy": "it is for WebSocket APIs",
    "PassthroughBehavior": "it is for WebSocket APIs",
    "RequestTemplates": "they are for WebSocket APIs",
    "TemplateSelectionExpression": "it is for WebSocket APIs",
}
INVALID_URI = "Invalid HTTP endpoint specified for URI"
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.[A-Za-z0-9_]+\}")
_PATH_VARIABLE = re.compile(r"(?<!\$)\{[A-Za-z0-9._$-]+\+?\}")
_SERVER_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}")


@changes_definition(family, "CreateIntegration")
def create_integration(session: Session, call: Call, api: Api, request: Input) -> Output:
    return present(create(session, call, api, request))


@family.reads("GetIntegration")
def get_integration(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return present(repository.find(session, Integration, api, request["IntegrationId"]))


@family.reads("GetIntegrations")
def get_integrations(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    query = select(Integration).where(Integration.api_id == api.id)
    return page(session, call, request, query, Integration.id, present)


@changes_definition(family, "UpdateIntegration")
def update_integration(session: Session, call: Call, api: Api, request: Input) -> Output:
    integration = repository.find(session, Integration, api, request["IntegrationId"])
    apply(session, call, api, integration, request)
    return present(integration)


@changes_definition(family, "DeleteIntegration")
def delete_integration(session: Session, _call: Call, api: Api, request: Input) -> None:
    integration = repository.find(session, Integration, api, request["IntegrationId"])
    routes = repository.all_of(session, Route, api)
    users = [route.id for route in routes if route.integration_id == integration.id]
    if users:
        raise Conflicting(
            "Cannot delete Integration because it is referenced by the following Routes with Ids: "
            f"[{', '.join(users)}]"
        )
    if integration.document.get("ApiGatewayManaged"):
        raise Conflicting("An integration that quick create made goes only with its API")
    parts.delete_of_owner(session, api, INTEGRATION_RESPONSE, integration.id)
    session.delete(integration)


def create(session: Session, call: Call, api: Api, request: Input) -> Integration:
    """Add an integration to an API. Raises `Invalid` and `Conflicting`."""
    repository.require_room_in_api(session, Integration, api, quotas.INTEGRATIONS_PER_API)
    integration = Integration(
        api_id=api.id,
        id=repository.new_part_id(session, Integration, api, call.kernel.randomness),
        document={},
    )
    apply(session, call, api, integration, request)
    session.add(integration)
    return integration


def apply(session: Session, call: Call, api: Api, integration: Integration, request: Input) -> None:
    """Set the members of an integration that are given. Raises `Invalid`."""
    if is_websocket(api):
        integration.document = websocket_integrations.applied(integration.document, request)
    else:
        _apply_http(session, call, api, integration, request)


def _apply_http(
    session: Session, call: Call, api: Api, integration: Integration, request: Input
) -> None:
    refuse(request, UNSUPPORTED)
    document = {**DEFAULTS, **updated(integration.document, request, MEMBERS)}
    if request.get("RequestParameters"):
        present = integration.document.get("RequestParameters", {})
        document["RequestParameters"] = merged(present, request["RequestParameters"])
    if request.get("ConnectionType") == "INTERNET" and not request.get("ConnectionId"):
        document.pop("ConnectionId", None)
    _require_timeout(call, document)
    _require_proxy(document)
    private.require_connection(session, api, document)
    if document.get("IntegrationSubtype"):
        refuse(request, {"ResponseParameters": "answers of services are passed on as they are"})
        present = integration.document.get("RequestParameters", {})
        document["RequestParameters"] = merged(present, request.get("RequestParameters") or {})
        services.require_subtype(call, document)
    elif document["IntegrationType"] == "AWS_PROXY":
        services.refuse_members(document)
        set_parameter_mappings(document, integration.document, request)
        _require_function(document)
    else:
        services.refuse_members(document)
        set_parameter_mappings(document, integration.document, request)
        _require_http_proxy(document)
    integration.document = document


def present(integration: Integration) -> Output:
    """An integration as AWS shows it."""
    return {**integration.document, "IntegrationId": integration.id}


def _require_timeout(call: Call, document: Document) -> None:
    """AWS's bounds, of which the operator may raise the upper one (`integration_timeout`)."""
    least = quotas.INTEGRATION_TIMEOUT_MILLISECONDS_LEAST
    raised = call.kernel.settings.integration_timeout
    most = max(quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS, raised)
    wanted = document["TimeoutInMillis"]
    if not least <= wanted <= most:
        hint = RAISABLE_TIMEOUT if wanted > most else ""
        raise Invalid(f"TimeoutInMillis must be between {least} and {most}{hint}")


def _require_proxy(document: Document) -> None:
    if document.get("IntegrationType") not in ("AWS_PROXY", "HTTP_PROXY"):
        raise Invalid(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy "
            "integrations (AWS_PROXY, HTTP_PROXY)"
        )


def _require_function(document: Document) -> None:
    require_function_uri(document.get("IntegrationUri", ""))
    if document.setdefault("IntegrationMethod", "POST") != "POST":
        raise Invalid("IntegrationMethod must be POST for AWS_PROXY integrations")
    if document["PayloadFormatVersion"] not in PAYLOAD_VERSIONS:
        raise Invalid("PayloadFormatVersion must be 1.0 or 2.0")
    if document.get("TlsConfig"):
        raise Invalid("TlsConfig is for HTTP_PROXY integrations")


def _require_http_proxy(document: Document) -> None:
    uri = document.get("IntegrationUri", "")
    if not private.leads_to_listener(document):
        _require_uri(uri)
    _require_tls(document)
    if document.get("IntegrationMethod") not in METHODS:
        raise Invalid(f"IntegrationMethod must be one of {', '.join(sorted(METHODS))}")
    if document["PayloadFormatVersion"] != "1.0":
        raise Invalid("PayloadFormatVersion must be 1.0 for HTTP_PROXY integrations")


def _require_uri(uri: str) -> None:
    # The stage's variables are filled in when it is served; any text stands for them here.
    with_variables = _STAGE_VARIABLE.sub("1", uri)
    if re.search("[{}]", _PATH_VARIABLE.sub("", with_variables)):
        raise Invalid(f"{INVALID_URI}: its braces name no variable")
    try:
        Endpoint.compile(with_variables, {})
    except InvalidEndpoint as error:
        raise Invalid(f"{INVALID_URI}: {error}") from None


def _require_tls(document: Document) -> None:
    tls = document.get("TlsConfig")
    if tls is None:
        return
    is_secure = document["IntegrationUri"].startswith("https://")
    if not is_secure and not private.leads_to_listener(document):
        raise Invalid("TlsConfig needs an https IntegrationUri")
    if not _SERVER_NAME.fullmatch(tls.get("ServerNameToVerify", "")):
        raise Invalid("TlsConfig.ServerNameToVerify must be a host name")
