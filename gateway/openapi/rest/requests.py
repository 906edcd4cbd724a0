"""The parameters and the body of an operation, as a method has them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.openapi.node import Node
from gateway.openapi.rest.schemas import Schemas
from gateway.openapi.versions import Version

JSON = "application/json"
PLACES = {"path": "path", "query": "querystring", "header": "header"}


def parameters_of(path: Node, operation: Node) -> list[Node]:
    """The parameters of an operation, and those of its path that it does not set itself."""
    found: dict[tuple[str, str], Node] = {}
    for holder in (path, operation):
        for element in holder.elements("parameters"):
            parameter = element.resolved()
            if not isinstance(parameter.value, dict):
                parameter.fault("a parameter must be an object")
                continue
            found[parameter.text("in"), parameter.text("name")] = parameter
    return list(found.values())


def request_parameters(parameters: list[Node]) -> dict[str, bool]:
    """`method.request.PLACE.NAME`, and whether a request must have it."""
    declared: dict[str, bool] = {}
    for parameter in parameters:
        place, name = parameter.text("in"), parameter.text("name")
        if place in PLACES and name:
            is_required = place == "path" or parameter.flag("required")
            declared[f"method.request.{PLACES[place]}.{name}"] = is_required
        elif place in PLACES:
            parameter.fault("a parameter needs a name")
        elif place in ("formData", "cookie"):
            parameter.warn(f"parameters in {place} are not validated, and are left out")
        elif place != "body":
            parameter.fault("in must be one of path, query, header, body, formData and cookie")
    return declared


def request_models(
    document: Node, operation: Node, parameters: list[Node], schemas: Schemas, version: Version
) -> dict[str, str]:
    """The model of the body by content type."""
    if not version.is_swagger:
        body = operation.member("requestBody")
        return _of_content(body.resolved(), schemas) if body.value is not None else {}
    types = media_types(document, operation, "consumes")
    models = {}
    for parameter in parameters:
        if parameter.text("in") == "body" and parameter.has("schema"):
            name = schemas.name_of(parameter.member("schema"))
            models.update({each: name for each in types if name})
    return models


def response_models(
    document: Node, operation: Node, response: Node, schemas: Schemas, version: Version
) -> dict[str, str]:
    """The model of a response by content type."""
    if not version.is_swagger:
        return _of_content(response, schemas)
    if not response.has("schema"):
        return {}
    name = schemas.name_of(response.member("schema"))
    return {each: name for each in media_types(document, operation, "produces") if name}


def media_types(document: Node, operation: Node, member: str) -> list[str]:
    """`consumes` or `produces`: the operation's, or the document's, or JSON."""
    own = operation.texts(member)
    if not own:
        document.repeated(member)
    return own or document.texts(member) or [JSON]


def _of_content(holder: Node, schemas: Schemas) -> dict[str, str]:
    return {
        media_type: name
        for media_type, content in _with_schema(holder)
        if (name := schemas.name_of(content.member("schema")))
    }


def _with_schema(holder: Node) -> Iterator[tuple[str, Node]]:
    for media_type, content in holder.members("content"):
        if content.has("schema"):
            yield media_type, content
