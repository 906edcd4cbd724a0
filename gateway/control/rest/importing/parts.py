"""Models, validators, authorizers, gateway responses and documentation of an imported API."""

from __future__ import annotations

import json
from typing import Any

from gateway.control import repository
from gateway.control.models import Authorizer
from gateway.control.rest import (
    api_models,
    authorizers,
    gateway_responses,
    parts,
    request_validators,
)
from gateway.control.rest.documentation_imports import store as store_text
from gateway.control.rest.documentation_imports import text_of
from gateway.control.rest.importing.taking import Taking
from gateway.control.rest.model_schemas import require_schema
from gateway.control.rest.models import (
    DOCUMENTATION_PART,
    GATEWAY_RESPONSE,
    MODEL,
    REQUEST_VALIDATOR,
    Part,
)
from gateway.openapi.rest.schemas import mapped
from gateway.openapi.rest.values import EMPTY_MODEL, ERROR_MODEL, MODEL_REFERENCE, Model, Text
from gateway.rest.gateway_responses import KINDS

PLACEHOLDER = '{"type": "object"}'


def take_parts(taking: Taking) -> None:
    """Everything that methods refer to by name."""
    _take_models(taking)
    for name in taking.wanted.validators:
        _take_validator(taking, name)
    for name in taking.wanted.authorizers:
        _take_authorizer(taking, name)
    for kind in taking.wanted.gateway_responses:
        _take_gateway_response(taking, kind)
    taking.session.flush()


def drop_parts(taking: Taking) -> None:
    """Remove what a document that stands in the API's place does not name. Methods are gone."""
    wanted, api, session = taking.wanted, taking.api, taking.session
    kept: dict[str, Any] = {
        MODEL: {*wanted.models, EMPTY_MODEL, ERROR_MODEL},
        REQUEST_VALIDATOR: wanted.validators,
        GATEWAY_RESPONSE: wanted.gateway_responses,
    }
    for kind, names in kept.items():
        for part in parts.all_parts(session, api, kind):
            if part.name not in names:
                session.delete(part)
    for authorizer in repository.all_of(session, Authorizer, api):
        if authorizer.name not in wanted.authorizers:
            session.delete(authorizer)
    session.flush()


def take_documentation(taking: Taking) -> None:
    """The texts; in the place of those there are, where the document stands in the API's place."""
    kept = set()
    for text in taking.wanted.documentation:
        kept.add(taking.attempt(text.where, _take_text, taking, text))
    if taking.overwrites:
        for each in parts.all_parts(taking.session, taking.api, DOCUMENTATION_PART):
            if each.id not in kept:
                taking.session.delete(each)
    taking.session.flush()


def _take_text(taking: Taking, given: Text) -> str:
    text = text_of({"location": given.location, "properties": given.properties})
    return store_text(taking.session, taking.call, taking.api, text, replaces=taking.overwrites)


def _take_models(taking: Taking) -> None:
    """All names first: schemas refer to each other, and in circles too."""
    session, call, api = taking.session, taking.call, taking.api
    for name, model in taking.wanted.models.items():
        if parts.part_named(session, api, MODEL, name) is None:
            request = {
                "name": name,
                "contentType": model.content_type,
                "schema": PLACEHOLDER,
                "description": model.description,
            }
            taking.attempt(model.where, api_models.create_model, session, call, api, request)
            session.flush()
    rows = {part.name: part for part in parts.all_parts(session, api, MODEL)}
    for name, model in taking.wanted.models.items():
        if name in rows:
            taking.attempt(model.where, _set_model, taking, rows[name], model, rows)


def _set_model(taking: Taking, part: Part, model: Model, rows: dict[str, Part]) -> None:
    prefix = f"https://apigateway.amazonaws.com/restapis/{taking.api.id}/models/"

    def canonical(schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(MODEL_REFERENCE):
            schema["$ref"] = prefix + reference[len(MODEL_REFERENCE) :]
        return schema

    text = json.dumps(mapped(model.schema, canonical))
    require_schema(text, model.content_type, taking.api.id, rows)
    document = {"contentType": model.content_type, "schema": text}
    if model.description:
        document["description"] = model.description
    if not _is_default(part, text):
        part.document = document


def _is_default(part: Part, text: str) -> bool:
    """The default models come back from exports without their own description and `$schema`."""
    if part.name not in (EMPTY_MODEL, ERROR_MODEL):
        return False
    present = {**json.loads(part.document["schema"])}
    present.pop("$schema", None)
    return bool(present == json.loads(text))


def _take_validator(taking: Taking, name: str) -> None:
    session, call, api = taking.session, taking.call, taking.api
    part = taking.wanted.validators[name]
    request = taking.shaped("CreateRequestValidator", part.members, part.where)
    if request is None:
        return
    row = parts.part_named(session, api, REQUEST_VALIDATOR, name)
    if row is None:
        create = request_validators.create_request_validator
        taking.attempt(part.where, create, session, call, api, request)
        session.flush()
        return
    row.document = {
        member: request.get(member) or False
        for member in ("validateRequestBody", "validateRequestParameters")
    }


def _take_authorizer(taking: Taking, name: str) -> None:
    session, call, api = taking.session, taking.call, taking.api
    part = taking.wanted.authorizers[name]
    request = taking.shaped("CreateAuthorizer", part.members, part.where)
    if request is None:
        return
    rows = repository.all_of(session, Authorizer, api)
    row = next((each for each in rows if each.name == name), None)
    if row is None:
        taking.attempt(part.where, authorizers.create_authorizer, session, call, api, request)
    else:
        taking.attempt(part.where, authorizers.set_authorizer, session, api, row, request)
    session.flush()


def _take_gateway_response(taking: Taking, kind: str) -> None:
    part = taking.wanted.gateway_responses[kind]
    if kind not in KINDS:
        taking.faults.add(part.where, f"there is no gateway response of the type {kind[:64]}")
        return
    request = taking.shaped("PutGatewayResponse", part.members, part.where)
    if request is None:
        return
    request["responseType"] = kind
    put = gateway_responses.put_gateway_response
    taking.attempt(part.where, put, taking.session, taking.call, taking.api, request)
    taking.session.flush()
