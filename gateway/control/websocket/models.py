"""CreateModel, GetModel, GetModels, GetModelTemplate, UpdateModel, DeleteModel.

Models describe the messages of WebSocket APIs. HTTP APIs have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.documents import Document, updated
from gateway.control.errors import ERRORS, Conflicting, Full, Invalid
from gateway.control.http.changes import changes_definition
from gateway.control.models import Api, Route
from gateway.control.pages import page
from gateway.control.rest.model_schemas import read_schema, require_schema
from gateway.control.rest.model_templates import sample_template
from gateway.control.rest.models import MODEL, ROUTE_RESPONSE, Part
from gateway.control.rest.parts import of_kind
from gateway.control.websocket import parts
from gateway.control.websocket.protocol import require_websocket
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "Schema": "no message of a WebSocket API is received that could be validated; HTTP APIs "
    "refuse models"
}

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MEMBERS = ("ContentType", "Description", "Schema")
_NAME = re.compile(r"[A-Za-z0-9]{1,128}")
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+*-]{1,127}", re.ASCII)


@changes_definition(family, "CreateModel")
def create_model(session: Session, call: Call, api: Api, request: Input) -> Output:
    require_websocket(api, "Models")
    models = of_kind(api, MODEL)
    repository.require_room(session, models, quotas.MODELS_PER_API, "Models for this API", Full)
    model = parts.new_part(session, api, MODEL, call.kernel.randomness)
    _apply(session, api, model, {"ContentType": "application/json", **request})
    session.add(model)
    return _present(model)


@family.reads("GetModel")
def get_model(session: Session, call: Call, request: Input) -> Output:
    return _present(_find(session, call, request))


@family.reads("GetModels")
def get_models(session: Session, call: Call, request: Input) -> Output:
    api = repository.find_api(session, call, request["ApiId"])
    return page(session, call, request, of_kind(api, MODEL), Part.id, _present)


@family.reads("GetModelTemplate")
def get_model_template(session: Session, call: Call, request: Input) -> Output:
    model = _find(session, call, request)
    return {"Value": sample_template(read_schema(model.document["Schema"]))}


@changes_definition(family, "UpdateModel")
def update_model(session: Session, _call: Call, api: Api, request: Input) -> Output:
    model = parts.find(session, api, MODEL, request["ModelId"])
    if request.get("Name") and request["Name"] != model.name:
        _require_unused(session, api, model)
    _apply(session, api, model, request)
    return _present(model)


@changes_definition(family, "DeleteModel")
def delete_model(session: Session, _call: Call, api: Api, request: Input) -> None:
    model = parts.find(session, api, MODEL, request["ModelId"])
    _require_unused(session, api, model)
    session.delete(model)


def require_models(session: Session, api: Api, named: Mapping[str, str]) -> None:
    """Refuse names of models that the API does not have. Raises `Invalid`."""
    if len(named) > quotas.METHOD_MAP_ENTRIES:
        raise Invalid(f"A route has at most {quotas.METHOD_MAP_ENTRIES} models")
    for name in named.values():
        if not _NAME.fullmatch(name) or not parts.is_named(session, api, MODEL, name):
            raise Invalid(f"Invalid model name specified: {name[:128]}")


def _find(session: Session, call: Call, request: Input) -> Part:
    api = repository.find_api(session, call, request["ApiId"])
    return parts.find(session, api, MODEL, request["ModelId"])


def _apply(session: Session, api: Api, model: Part, request: Input) -> None:
    document = updated(model.document, request, MEMBERS)
    _set_name(session, api, model, request.get("Name") or model.name)
    if not _CONTENT_TYPE.fullmatch(document.get("ContentType", "")):
        raise Invalid("Invalid content type specified")
    _require_schema(session, api, model, document)
    model.document = document


def _set_name(session: Session, api: Api, model: Part, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Invalid("Model name must be alphanumeric")
    if name != model.name and parts.is_named(session, api, MODEL, name):
        raise Conflicting("Model name already exists for this API")
    model.name = name


def _require_schema(session: Session, api: Api, model: Part, document: Document) -> None:
    schema = document.get("Schema", "")
    if len(schema.encode("utf-8", "replace")) > quotas.WEBSOCKET_TEXT_BYTES:
        raise Invalid(f"A model has at most {quotas.WEBSOCKET_TEXT_BYTES // 1024} KB")
    known = {each.name for each in parts.all_of_kind(session, api, MODEL)} | {model.name}
    require_schema(schema, document["ContentType"], api.id, known)


def _require_unused(session: Session, api: Api, model: Part) -> None:
    """Refuse to take away a name that routes, their responses or other models use."""
    for route in repository.all_of(session, Route, api):
        if model.name in route.document.get("RequestModels", {}).values():
            raise _used(model, f"route: {route.route_key}")
    for response in parts.all_of_kind(session, api, ROUTE_RESPONSE):
        if model.name in response.document.get("ResponseModels", {}).values():
            raise _used(model, f"route response: {response.id}")
    for other in parts.all_of_kind(session, api, MODEL):
        if other.id != model.id and f'/models/{model.name}"' in other.document["Schema"]:
            raise _used(model, f"model: {other.name}")


def _used(model: Part, by: str) -> Conflicting:
    return Conflicting(f"Cannot delete model '{model.name}', is referenced in {by}")


def _present(model: Part) -> Output:
    return {**model.document, "ModelId": model.id, "Name": model.name}
