"""ImportDocumentationParts: the texts in the `x-amazon-apigateway-documentation` of an OpenAPI
document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.documentation_locations import described, key_of, read_location
from gateway.control.rest.documentation_parts import add_part, require_properties
from gateway.control.rest.models import DOCUMENTATION_PART, Part
from gateway.openapi.extensions import DOCUMENTATION
from gateway.openapi.faults import InvalidDocument
from gateway.openapi.reading import read_document
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


class Text(NamedTuple):
    """A documentation part to be."""

    location: dict[str, str]
    properties: str


@changes_rest_api(family, "ImportDocumentationParts")
def import_documentation_parts(session: Session, call: Call, api: Api, request: Input) -> Output:
    texts, warnings = _read(request["body"])
    if warnings and request.get("failOnWarnings"):
        raise Invalid(f"Warnings found during import: {'; '.join(warnings)}")
    if request.get("mode", "merge") == "overwrite":
        session.execute(delete(Part).where(Part.api_id == api.id, Part.kind == DOCUMENTATION_PART))
        session.expire_all()
    ids = [store(session, call, api, text) for text in texts]
    return {"ids": ids, **({"warnings": warnings} if warnings else {})}


def _read(body: Any) -> tuple[list[Text], list[str]]:
    """The texts of a document, and why others are left out. Raises `Invalid`."""
    texts: dict[str, Text] = {}
    warnings: list[str] = []
    for number, entry in enumerate(_entries(body), 1):
        try:
            text = text_of(entry)
        except Invalid as error:
            warnings.append(f"Documentation part {number} is left out: {error}")
            continue
        if key_of(text.location) in texts:
            warnings.append(f"Documentation part {number} repeats: {described(text.location)}")
        texts[key_of(text.location)] = text
    return list(texts.values()), warnings


def _entries(body: Any) -> list[Any]:
    try:
        document = read_document(body if isinstance(body, bytes) else body.read())
    except InvalidDocument as error:
        raise Invalid(f"Invalid OpenAPI input: {error}") from None
    extension = document.get(DOCUMENTATION)
    entries = extension.get("documentationParts") if isinstance(extension, dict) else None
    if not isinstance(entries, list):
        raise Invalid(f"Invalid OpenAPI input: it has no {DOCUMENTATION} with documentationParts")
    return entries


def text_of(entry: Any) -> Text:
    """A part of a document, checked. Raises `Invalid`."""
    given = entry.get("location") if isinstance(entry, Mapping) else None
    properties = entry.get("properties") if isinstance(entry, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(properties, Mapping):
        raise Invalid("it needs a location and properties, both objects")
    if not all(isinstance(value, str) for value in given.values()):
        raise Invalid("the members of its location must be text")
    require_storable({"location": given, "properties": properties})
    location = read_location(dict(given))
    text = json.dumps(properties)
    require_properties(text)
    return Text(location, text)


def store(session: Session, call: Call, api: Api, text: Text, *, replaces: bool = False) -> str:
    """Put a text at its location, into what is there or in its place; the part's id.

    Raises `Exceeded` and `Invalid`.
    """
    part = parts.part_named(session, api, DOCUMENTATION_PART, key_of(text.location))
    if part is None:
        return add_part(session, call, api, text.location, text.properties).id
    present = {} if replaces else json.loads(part.document["properties"])
    merged = {**present, **json.loads(text.properties)}
    properties = json.dumps(merged)
    require_properties(properties)
    part.document = {**part.document, "properties": properties}
    return part.id
