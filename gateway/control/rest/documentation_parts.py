"""The operations on documentation parts: texts about the entities of an API, for its exports."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Conflicting, Invalid
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.definition import definition_of
from gateway.control.rest.documentation_entities import undocumented
from gateway.control.rest.documentation_locations import described, key_of, read_location
from gateway.control.rest.models import DOCUMENTATION_PART, Part
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Member, Patch, Patches
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

MISSING = "Invalid Documentation part identifier specified"
PATCHES = Patches(Member("/properties", Patch.text))


@changes_rest_api(family, "CreateDocumentationPart")
def create_documentation_part(session: Session, call: Call, api: Api, request: Input) -> Output:
    require_properties(request["properties"])
    location = read_location(request["location"])
    if parts.part_named(session, api, DOCUMENTATION_PART, key_of(location)) is not None:
        raise Conflicting(
            f"Documentation part already exists for the specified location: {described(location)}."
        )
    return _present(add_part(session, call, api, location, request["properties"]))


@family.reads("GetDocumentationPart")
def get_documentation_part(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return _present(_find(session, api, request["documentationPartId"]))


@family.reads("GetDocumentationParts")
def get_documentation_parts(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    api = find_rest_api(session, call, request["restApiId"])
    if request.get("locationStatus") == "UNDOCUMENTED":
        return _undocumented(session, api, request)
    query = parts.of_kind(api, DOCUMENTATION_PART)
    if request.get("type"):
        query = query.where(Part.document[("location", "type")].as_string() == request["type"])
    if request.get("path"):
        query = query.where(Part.document[("location", "path")].as_string() == request["path"])
    if request.get("nameQuery"):
        name = Part.document[("location", "name")].as_string()
        query = query.where(name.contains(request["nameQuery"], autoescape=True))
    return page(session, call, request, query, Part.id, _present)


@changes_rest_api(family, "UpdateDocumentationPart")
def update_documentation_part(session: Session, _call: Call, api: Api, request: Input) -> Output:
    part = _find(session, api, request["documentationPartId"])
    part.document = PATCHES.apply(part.document, request)
    require_properties(part.document["properties"])
    return _present(part)


@changes_rest_api(family, "DeleteDocumentationPart")
def delete_documentation_part(session: Session, _call: Call, api: Api, request: Input) -> None:
    session.delete(_find(session, api, request["documentationPartId"]))


def add_part(
    session: Session, call: Call, api: Api, location: dict[str, str], properties: str
) -> Part:
    """A new part at a location that has none. Raises `Exceeded`."""
    most = quotas.DOCUMENTATION_PARTS_PER_API
    parts.require_room(session, api, DOCUMENTATION_PART, most, "Documentation parts")
    part = Part(
        api_id=api.id,
        kind=DOCUMENTATION_PART,
        id=parts.new_id(session, api, DOCUMENTATION_PART, call.kernel.randomness),
        name=key_of(location),
        document={"location": location, "properties": properties},
    )
    session.add(part)
    session.flush()
    return part


def require_properties(text: str) -> None:
    """Properties are a JSON object of a bounded size. Raises `Invalid`."""
    if len(text.encode("utf-8", "replace")) > quotas.DOCUMENTATION_PART_BYTES:
        most = quotas.DOCUMENTATION_PART_BYTES // 1024
        raise Invalid(f"The properties of a documentation part have at most {most} KB")
    try:
        properties: Any = json.loads(text)
    except (ValueError, RecursionError):
        properties = None
    if not isinstance(properties, dict):
        raise Invalid("Invalid documentation part properties: they must be a JSON object")


def _find(session: Session, api: Api, part_id: str) -> Part:
    return parts.find_part(session, api, DOCUMENTATION_PART, part_id, MISSING)


def _undocumented(session: Session, api: Api, request: Input) -> Output:
    """The entities of the working copy without a text, in one page."""
    if request.get("position"):
        raise Invalid("Invalid position parameter")
    documented = parts.names_of(session, api, DOCUMENTATION_PART)
    items = [
        {"location": location}
        for location in undocumented(definition_of(session, api), documented)
        if request.get("type") in (None, location["type"])
        and request.get("path") in (None, "", location.get("path"))
        and (request.get("nameQuery") or "") in location.get("name", "")
    ]
    return {"items": items}


def _present(part: Part) -> Output:
    return {**part.document, "id": part.id}
