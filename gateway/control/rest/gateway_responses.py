"""The operations on gateway responses: how an API tells the refusals of its gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.documents import Document
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.gateway_response_types import shown
from gateway.control.rest.mapping_names import INVALID_EXPRESSION, invalid_mapping
from gateway.control.rest.models import GATEWAY_RESPONSE, Part
from gateway.control.rest.part_patching import PlainPatches
from gateway.control.rest.patching import Entry, Member, Patch
from gateway.header_rules import TOKEN_CHARACTER
from gateway.rest.gateway_responses import DEFAULT_TEMPLATES, KINDS
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

_HEADER = re.compile(rf"gatewayresponse\.header\.{TOKEN_CHARACTER}{{1,128}}")
_EXPRESSION = re.compile(
    r"'[^'\x00-\x1f\x7f]{0,1024}'"
    r"|method\.request\.(header|querystring|multivalueheader|multivaluequerystring|path)"
    r"\.[^\s\x00-\x1f\x7f]{1,256}"
    r"|(context|stageVariables)\.[A-Za-z0-9_.-]{1,256}"
)
"""A value in quotes, or where it is taken from. No value can end a header's line."""
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", re.ASCII)
_STATUS = re.compile(r"[2-5]\d\d", re.ASCII)
"""The service model allows 1xx too, which no reply can end with (RFC 9110 §15.2)."""


def _given_value(patch: Patch) -> str:
    if not patch.value:
        raise Invalid(f"Invalid null or empty value in {patch.tokens[0]}")
    return patch.value


MISSING_ENTRY = "Invalid parameter name specified"
PATCHES = PlainPatches(
    Member("/statusCode", Patch.text),
    Entry("/responseParameters/{name}", _given_value, missing=MISSING_ENTRY),
    Entry("/responseTemplates/{type}", _given_value, missing=MISSING_ENTRY),
)


@changes_rest_api(family, "PutGatewayResponse")
def put_gateway_response(session: Session, _call: Call, api: Api, request: Input) -> Output:
    document: Document = {
        "responseType": request["responseType"],
        "responseParameters": request.get("responseParameters") or {},
        "responseTemplates": request.get("responseTemplates") or dict(DEFAULT_TEMPLATES),
    }
    if request.get("statusCode"):
        document["statusCode"] = request["statusCode"]
    return _store(session, api, document)


@family.reads("GetGatewayResponse")
def get_gateway_response(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return shown(request["responseType"], _given(session, api))


@family.reads("GetGatewayResponses")
def get_gateway_responses(session: Session, call: Call, request: Input) -> Output:
    """All of them: "The GatewayResponses collection does not support pagination and the position
    does not apply here", nor the limit."""
    if request.get("position"):
        raise Invalid("Invalid position parameter")
    if request.get("limit") is not None and request["limit"] < 1:
        raise Invalid("The limit must be a positive whole number")
    given = _given(session, find_rest_api(session, call, request["restApiId"]))
    return {"items": [shown(kind, given) for kind in sorted(KINDS)]}


@changes_rest_api(family, "UpdateGatewayResponse")
def update_gateway_response(session: Session, _call: Call, api: Api, request: Input) -> Output:
    kind = request["responseType"]
    part = session.get(Part, (api.id, GATEWAY_RESPONSE, kind))
    new = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": dict(DEFAULT_TEMPLATES),
    }
    document = PATCHES.apply(part.document if part else new, request)
    return _store(session, api, document)


@changes_rest_api(family, "DeleteGatewayResponse")
def delete_gateway_response(session: Session, _call: Call, api: Api, request: Input) -> None:
    part = session.get(Part, (api.id, GATEWAY_RESPONSE, request["responseType"]))
    if part is None:
        raise Missing("Gateway response type not defined on api")
    session.delete(part)


def _given(session: Session, api: Api) -> dict[str, Document]:
    return {part.name: part.document for part in parts.all_parts(session, api, GATEWAY_RESPONSE)}


def _store(session: Session, api: Api, document: Document) -> Output:
    _require_status(document.get("statusCode"))
    _require_parameters(document["responseParameters"])
    _require_templates(document["responseTemplates"])
    kind = document["responseType"]
    part = session.get(Part, (api.id, GATEWAY_RESPONSE, kind))
    if part is None:
        part = Part(api_id=api.id, kind=GATEWAY_RESPONSE, id=kind, name=kind)
        session.add(part)
    part.document = document
    return shown(kind, {kind: document})


def _require_status(status: str | None) -> None:
    if status is not None and not _STATUS.fullmatch(status):
        raise Invalid(f"Invalid status code specified: {status[:16]}")


def _require_parameters(parameters: Mapping[str, str]) -> None:
    if len(parameters) > quotas.GATEWAY_RESPONSE_ENTRIES:
        raise Invalid(f"A gateway response has at most {quotas.GATEWAY_RESPONSE_ENTRIES} headers")
    for name, expression in parameters.items():
        if not _HEADER.fullmatch(name):
            raise invalid_mapping(f"{INVALID_EXPRESSION}: {name[:256]}")
        if not expression:
            raise Invalid("Invalid null or empty value in responseParameters")
        if not _EXPRESSION.fullmatch(expression):
            raise invalid_mapping(f"{INVALID_EXPRESSION}: {expression[:256]}")


def _require_templates(templates: Mapping[str, str]) -> None:
    if len(templates) > quotas.GATEWAY_RESPONSE_ENTRIES:
        raise Invalid(f"A gateway response has at most {quotas.GATEWAY_RESPONSE_ENTRIES} templates")
    for content_type, template in templates.items():
        if not _CONTENT_TYPE.fullmatch(content_type):
            raise Invalid(f"Invalid content type specified: {content_type[:256]}")
        if not template:
            raise Invalid("Invalid null or empty value in responseTemplates")
        if len(template.encode("utf-8", "replace")) > quotas.MAPPING_TEMPLATE_BYTES:
            most = quotas.MAPPING_TEMPLATE_BYTES // 1024
            raise Invalid(f"A mapping template has at most {most} KB")
