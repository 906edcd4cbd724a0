"""CreateIntegrationResponse, GetIntegrationResponse, GetIntegrationResponses,
UpdateIntegrationResponse, DeleteIntegrationResponse."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.documents import updated
from gateway.control.errors import ERRORS, Invalid
from gateway.control.http.changes import changes_definition
from gateway.control.models import Api, Integration
from gateway.control.rest.models import INTEGRATION_RESPONSE, Part
from gateway.control.websocket import parts, responses
from gateway.control.websocket.bounds import (
    require_expression,
    require_response_parameters,
    require_templates,
)
from gateway.control.websocket.protocol import NOT_SERVED, require_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = dict.fromkeys(
    (
        "ContentHandlingStrategy",
        "IntegrationResponseKey",
        "ResponseTemplates",
        "TemplateSelectionExpression",
    ),
    NOT_SERVED,
)

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

ID = "IntegrationResponseId"
KEY = "IntegrationResponseKey"
MEMBERS = (
    "ContentHandlingStrategy",
    "ResponseParameters",
    "ResponseTemplates",
    "TemplateSelectionExpression",
)
_KEY = re.compile(r"\$default|/[^/]+/")


@changes_definition(family, "CreateIntegrationResponse")
def create_integration_response(session: Session, call: Call, api: Api, request: Input) -> Output:
    integration = repository.find(session, Integration, api, request["IntegrationId"])
    require_websocket(api, "Integration responses")
    response = responses.new_response(session, call, api, INTEGRATION_RESPONSE, integration.id)
    _apply(session, api, response, request)
    session.add(response)
    return responses.present(response, ID)


@family.reads("GetIntegrationResponse")
def get_integration_response(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return responses.present(_find(session, api, request), ID)


@family.reads("GetIntegrationResponses")
def get_integration_responses(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    owner = repository.find(session, Integration, api, request["IntegrationId"]).id
    return responses.page_of(session, call, request, api, INTEGRATION_RESPONSE, owner, ID)


@changes_definition(family, "UpdateIntegrationResponse")
def update_integration_response(session: Session, _call: Call, api: Api, request: Input) -> Output:
    response = _find(session, api, request)
    _apply(session, api, response, request)
    return responses.present(response, ID)


@changes_definition(family, "DeleteIntegrationResponse")
def delete_integration_response(session: Session, _call: Call, api: Api, request: Input) -> None:
    session.delete(_find(session, api, request))


def _find(session: Session, api: Api, request: Input) -> Part:
    owner = repository.find(session, Integration, api, request["IntegrationId"]).id
    return parts.find_of_owner(session, api, INTEGRATION_RESPONSE, owner, request[ID])


def _apply(session: Session, api: Api, response: Part, request: Input) -> None:
    document = updated(response.document, request, MEMBERS)
    key = request.get(KEY) or document.get(KEY, "")
    if not _KEY.fullmatch(key):
        raise Invalid(
            "IntegrationResponseKey must be $default, or a regular expression between slashes"
        )
    if "TemplateSelectionExpression" in document:
        require_expression("TemplateSelectionExpression", document["TemplateSelectionExpression"])
    require_response_parameters(document.get("ResponseParameters", {}))
    require_templates("ResponseTemplates", document.get("ResponseTemplates", {}))
    responses.set_document(session, api, response, document, KEY, key)
