"""What changes between two documents of an API, in lines for people to read. Pure.

+ GET /dogs
    http_proxy https://dogs.example/
- DELETE /pets/{petId}
~ GET /pets
    x-amazon-apigateway-integration.uri
      - "https://one.example/"
      + "https://other.example/"
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.openapi.extensions import (
    ANY_METHOD,
    DOCUMENTATION,
    GATEWAY_RESPONSES,
    IMPORT_VERSION,
    INTEGRATION,
    PREFIX,
    VALIDATORS,
)
from gateway.openapi.faults import MOST_CHARACTERS, spelled

Values = Mapping[str, Any]
_NAMED = {VALIDATORS: "request validator", GATEWAY_RESPONSES: "gateway response"}
_OF_THE_FORM = frozenset({"openapi", "swagger", "x-poolgate-api", IMPORT_VERSION})
"""They say how a document is written, nothing of its API."""
_SCHEMAS = "schema"
_SCHEMES = "security scheme"


def differences(before: Values, after: Values) -> list[str]:
    """Nothing where both say the same. An empty document is one of no API."""
    old, new = dict(_parts(before)), dict(_parts(after))
    lines = []
    for label in dict.fromkeys((*old, *new)):
        if label not in old:
            lines.append(f"+ {label}")
            lines.extend(_added(new[label]))
        elif label not in new:
            lines.append(f"- {label}")
        elif old[label] != new[label]:
            lines.append(f"~ {label}")
            lines.extend(_inside((), old[label], new[label]))
    return lines


def _parts(document: Values) -> Iterator[tuple[str, Any]]:
    """What has a name of its own, by what people call it."""
    for name, value in document.items():
        if name == "paths":
            yield from _operations(value)
        elif name == "info":
            yield from ((f"info {each}", inner) for each, inner in value.items())
        elif name == "components":
            yield from _named(_SCHEMAS, value.get("schemas", {}))
            yield from _named(_SCHEMES, value.get("securitySchemes", {}))
        elif name == "definitions":
            yield from _named(_SCHEMAS, value)
        elif name == "securityDefinitions":
            yield from _named(_SCHEMES, value)
        elif name in _NAMED:
            yield from _named(_NAMED[name], value)
        elif name == DOCUMENTATION:
            yield from _texts(value)
        elif name not in _OF_THE_FORM:
            yield name.removeprefix(PREFIX).replace("-", " "), value


def _operations(paths: Values) -> Iterator[tuple[str, Any]]:
    for path, item in paths.items():
        if not item:
            yield path, item
        for verb, operation in item.items():
            named = f"{'ANY' if verb == ANY_METHOD else verb.upper()} {path}"
            yield (path[1:] if path == "/$default" else named), operation


def _named(kind: str, values: Values) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        yield f"{kind} {name}", value


def _texts(documentation: Values) -> Iterator[tuple[str, Any]]:
    for part in documentation.get("documentationParts", ()):
        place = " ".join(str(each) for _, each in sorted(part["location"].items()))
        yield f"documentation of {place}", part["properties"]


def _added(value: Any) -> Iterator[str]:
    """What an addition is, where its name does not say it: where an operation leads and whom it
    lets in, or a value of one line."""
    if not isinstance(value, dict):
        yield f"    {_shown(value)}"
        return
    integration = value.get(INTEGRATION)
    if isinstance(integration, dict):
        yield f"    {integration.get('type', '')} {integration.get('uri', '')}".rstrip()
    schemes = [name for each in value.get("security", ()) for name in each]
    if integration and schemes:
        yield f"    for {', '.join(schemes)}"


def _inside(path: tuple[str, ...], old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name) or (name in old) != (name in new):
                yield from _inside((*path, name), old.get(name), new.get(name))
        return
    if path:
        yield f"    {spelled(path).removeprefix('$').removeprefix('.')}"
    for sign, value in (("-", old), ("+", new)):
        if value is not None:
            yield f"      {sign} {_shown(value)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
