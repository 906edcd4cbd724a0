"""The operations on models: the schemas of what methods take and answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.errors import ERRORS, Conflicting, Invalid, Missing
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.model_flattening import flattened, referred_to
from gateway.control.rest.model_schemas import (
    invalid_schema,
    is_json,
    read_schema,
    references,
    require_schema,
)
from gateway.control.rest.model_templates import sample_template
from gateway.control.rest.models import MODEL, Part
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Member, Patch, Patches, Text
from gateway.control.rest.references import require_model_unused
from gateway.schemas import InvalidSchema, compile_schema
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

_NAME = re.compile(r"[A-Za-z0-9]{1,128}")
_CONTENT_TYPE = re.compile(
    r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+*-]{1,127}(; ?[\w-]+=[\w.-]+)?", re.ASCII
)
PATCHES = Patches(Text("/description"), Member("/schema", lambda patch: _given_schema(patch)))


@changes_rest_api(family, "CreateModel")
def create_model(session: Session, call: Call, api: Api, request: Input) -> Output:
    name = request["name"]
    _require_name(name)
    if parts.part_named(session, api, MODEL, name) is not None:
        raise Conflicting("Model name already exists for this REST API")
    parts.require_room(session, api, MODEL, quotas.MODELS_PER_API, "Models")
    if not _CONTENT_TYPE.fullmatch(request["contentType"]):
        raise Invalid(f"Invalid content type specified: {request['contentType'][:256]}")
    part = Part(
        api_id=api.id,
        kind=MODEL,
        id=parts.new_id(session, api, MODEL, call.kernel.randomness),
        name=name,
        document={"contentType": request["contentType"], "schema": request.get("schema") or ""},
    )
    if request.get("description"):
        part.document["description"] = _description(request["description"])
    _require_schema(session, api, part)
    session.add(part)
    return _present(part)


@family.reads("GetModel")
def get_model(session: Session, call: Call, request: Input) -> Output:
    api, part = _find(session, call, request)
    output = _present(part)
    if request.get("flatten") and is_json(part.document["contentType"]):
        output["schema"] = json.dumps(
            flattened(_schema(part), lambda name: _schema_named(session, api, name))
        )
    return output


@family.reads("GetModels")
def get_models(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return page(session, call, request, parts.of_kind(api, MODEL), Part.name, _present)


@family.reads("GetModelTemplate")
def get_model_template(session: Session, call: Call, request: Input) -> Output:
    _api, part = _find(session, call, request)
    return {"value": sample_template(_schema(part))}


@changes_rest_api(family, "UpdateModel")
def update_model(session: Session, _call: Call, api: Api, request: Input) -> Output:
    part = _named(session, api, request["modelName"])
    part.document = PATCHES.apply(part.document, request)
    _require_schema(session, api, part)
    for other in _referring_to(session, api, part):
        _require_applicable(session, api, other)
    return _present(part)


@changes_rest_api(family, "DeleteModel")
def delete_model(session: Session, _call: Call, api: Api, request: Input) -> None:
    part = _named(session, api, request["modelName"])
    require_model_unused(session, api, part.name)
    for other in _referring_to(session, api, part):
        raise Conflicting(
            f"Cannot delete model '{part.name}', is referenced in model: {other.name}"
        )
    session.delete(part)


def _find(session: Session, call: Call, request: Input) -> tuple[Api, Part]:
    api = find_rest_api(session, call, request["restApiId"])
    return api, _named(session, api, request["modelName"])


def _named(session: Session, api: Api, name: str) -> Part:
    part = parts.part_named(session, api, MODEL, name)
    if part is None:
        raise Missing(f"Invalid model name specified: {name[:128]}")
    return part


def _referring_to(session: Session, api: Api, part: Part) -> Iterator[Part]:
    """The other models whose schemas refer to a model themselves."""
    mention = f"/models/{part.name}"
    for other in parts.all_parts(session, api, MODEL):
        mentions = other.id != part.id and mention in other.document.get("schema", "")
        if mentions and part.name in references(_schema(other)):
            yield other


def _require_name(name: str) -> None:
    if not name:
        raise Invalid("Model name must be non-empty")
    if not _NAME.fullmatch(name):
        raise Invalid(f"Model name must be alphanumeric, of at most 128 characters: {name[:128]}")


def _description(text: str) -> str:
    if len(text) > 1024:
        raise Invalid("The description of a model has at most 1024 characters")
    return text


def _given_schema(patch: Patch) -> str:
    return patch.value or ""


def _require_schema(session: Session, api: Api, part: Part) -> None:
    known = parts.names_of(session, api, MODEL) | {part.name}
    document = part.document
    require_schema(document["schema"], document["contentType"], api.id, known)
    if is_json(document["contentType"]):
        _require_applicable(session, api, part)


def _require_applicable(session: Session, api: Api, part: Part) -> None:
    """What the data plane could not validate by is refused now. Raises `Invalid`."""
    schema = _schema(part)

    def find(name: str) -> dict[str, Any]:
        return schema if name == part.name else _schema_named(session, api, name)

    try:
        compile_schema(schema, referred_to(schema, find))
    except InvalidSchema as error:
        raise invalid_schema(str(error)) from None


def _schema(part: Part) -> dict[str, Any]:
    return read_schema(part.document.get("schema") or "")


def _schema_named(session: Session, api: Api, name: str) -> dict[str, Any]:
    part = parts.part_named(session, api, MODEL, name)
    return _schema(part) if part else {}


def _present(part: Part) -> Output:
    return {**part.document, "id": part.id, "name": part.name}
