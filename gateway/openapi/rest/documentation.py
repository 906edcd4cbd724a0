"""The texts of a document: those of OpenAPI's own members, and those of the extension, which win.

API Gateway developer guide, "Import documentation as part of an API": `summary`, `description` and
`tags` of an operation, and the descriptions of its parameters and responses, become documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.openapi.extensions import DOCUMENTATION
from gateway.openapi.node import Node
from gateway.openapi.rest.values import Text

KINDS = {"path": "PATH_PARAMETER", "query": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}
OF_METHODS = ("summary", "description", "tags", "deprecated")


def extension_parts(document: Node) -> list[Text]:
    """The parts of `x-amazon-apigateway-documentation`."""
    found = []
    for node in document.member(DOCUMENTATION).elements("documentationParts"):
        location, properties = node.member("location").value, node.member("properties").value
        if isinstance(location, dict) and isinstance(properties, dict):
            found.append(Text(location, properties, node.path))
        else:
            node.fault("a documentation part needs a location and properties, both objects")
    return found


def method_parts(path: str, verb: str, operation: Node, parameters: list[Node]) -> Iterator[Text]:
    """What an operation says of itself, its parameters and its responses."""
    here = {"path": path, "method": verb}
    said = {name: operation.value[name] for name in OF_METHODS if operation.value.get(name)}
    if said:
        yield _part({"type": "METHOD", **here}, said, operation)
    for parameter in parameters:
        kind = KINDS.get(parameter.text("in"))
        if kind and parameter.text("description") and parameter.text("name"):
            location = {"type": kind, **here, "name": parameter.text("name")}
            yield _part(location, {"description": parameter.text("description")}, parameter)
    for status, response in operation.members("responses"):
        text = response.resolved().text("description")
        if status.isdigit() and text and text != f"{status} response":
            location = {"type": "RESPONSE", **here, "statusCode": status}
            yield _part(location, {"description": text}, response)


def api_part(document: Node) -> Iterator[Text]:
    """What `info` says beyond the members of an API."""
    info = document.member("info").value
    if not isinstance(info, dict):
        return
    said = {
        name: value
        for name, value in info.items()
        if name not in ("title", "version", "description") and not name.startswith("x-") and value
    }
    if said:
        yield _part({"type": "API"}, {"info": said}, document.member("info"))


def together(parts: list[Text]) -> tuple[Text, ...]:
    """One part for each location; what comes later wins member by member."""
    merged: dict[str, Text] = {}
    for part in parts:
        present = merged.get(part.key, part)
        both = _together(present.properties, part.properties)
        merged[part.key] = Text(part.location, both, part.where)
    return tuple(merged.values())


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Members of both; those of `info`, which a document says some of in two places, too."""
    both = {**one, **other}
    if isinstance(one.get("info"), dict) and isinstance(other.get("info"), dict):
        both["info"] = {**one["info"], **other["info"]}
    return both


def _part(location: dict[str, str], properties: dict[str, Any], node: Node) -> Text:
    return Text(location, properties, node.path)
