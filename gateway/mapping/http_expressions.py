"""Values of HTTP APIs' mappings: text with `$request.header.x`, `${context.stage}` and the like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from gateway.context import Headers, Identified
from gateway.endpoint_ids import ids_in
from gateway.mapping import json_path
from gateway.mapping.context_variables import variable
from gateway.mapping.payloads import NotJson, parse_json
from gateway.mapping.request_values import header_value, path_value, query_values
from gateway.mapping.sources import written
from gateway.mapping.wire_text import wire_of

BODY_BYTES = 100 * 1024
""""When you specify a JSON path, API Gateway truncates the request body at 100 KB and then applies
the selection expression" (developer guide): a longer one is no JSON any more."""
_NAME = (
    r"(?:(?:request|response)\.[A-Za-z0-9_$-]+(?:\[[0-9]{1,6}\]|\.[A-Za-z0-9_$-]+)*"
    r"|(?:context|stageVariables)\.[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)"
)
_VARIABLE = re.compile(rf"\$(?:\{{({_NAME})\}}|({_NAME}))")

Source = Callable[[str], str | None]
"""Of a variable's name, its value as wire text."""


def value_of(expression: str, source: Source) -> str | None:
    """An expression's value; None for a variable that has none and stands alone."""
    alone = _VARIABLE.fullmatch(expression)
    if alone:
        return source(alone[1] or alone[2])
    return _VARIABLE.sub(lambda found: source(found[1] or found[2]) or "", wire_of(expression))


def reads_body(mappings: Mapping[str, str]) -> bool:
    """Whether a mapping looks into a body."""
    return any(re.search(r"\$\{?(?:request|response)\.body\.", each) for each in mappings.values())


def request_source(context: Identified, body: bytes) -> Source:
    """What `$request.*`, `$context.*` and `$stageVariables.*` say."""

    def value(name: str) -> str | None:
        kind, _, rest = name.partition(".")
        place, _, inner = rest.partition(".")
        if kind != "request":
            return _common(context, kind, rest)
        if place == "header":
            return header_value(context.request, inner)
        if place == "querystring":
            return _joined(query_values(context.request.query).get(inner, []))
        if place == "path":
            return path_value(context, inner) if inner else context.address.path
        return _in_body(body, inner) if place == "body" else None

    return value


def path_source(context: Identified, source: Source) -> Source:
    """The same for a path: what the client's path said stays spelled, the rest is one segment."""

    def value(name: str) -> str | None:
        if name == "request.path":
            return context.address.path
        if name.startswith("request.path."):
            return context.match.variables.get(name.removeprefix("request.path."))
        found = source(name)
        return None if found is None else quote(found, safe="", encoding="latin-1")

    return value


def response_source(context: Identified, status: int, headers: Headers, body: bytes) -> Source:
    """What `$response.*`, `$context.*` and `$stageVariables.*` say, of a reply with that status."""

    def value(name: str) -> str | None:
        kind, _, rest = name.partition(".")
        place, _, inner = rest.partition(".")
        if kind == "context" and rest in _INTEGRATION:
            return str(_INTEGRATION[rest](status, headers)) or None
        if kind != "response":
            return _common(context, kind, rest)
        if place == "header":
            return _joined([each for key, each in headers if key.lower() == inner.lower()])
        return _in_body(body, inner) if place == "body" else None

    return value


_INTEGRATION: Mapping[str, Callable[[int, Headers], str | int]] = {
    "awsEndpointRequestId": lambda _, headers: ids_in(headers).first,
    "awsEndpointRequestId2": lambda _, headers: ids_in(headers).second,
    "integration.integrationStatus": lambda status, _: status,
    "integration.requestId": lambda _, headers: ids_in(headers).first,
    "integration.status": lambda status, _: status,
    "integrationStatus": lambda status, _: status,
}
"""`$context` variables that an integration's reply has brought."""


def _common(context: Identified, kind: str, name: str) -> str | None:
    if kind == "stageVariables":
        found = context.stage.variables.get(name)
    elif kind == "context":
        found = variable(context, name)
    else:
        return None
    return None if found is None else wire_of(written(found))


def _joined(values: list[str]) -> str | None:
    return ",".join(values) if values else None


def _in_body(body: bytes, path: str) -> str | None:
    try:
        found = json_path.find(parse_json(body[:BODY_BYTES]), f"$.{path}")
    except (NotJson, json_path.InvalidPath, json_path.TooManyNodes):
        return None
    return None if found is json_path.MISSING or found is None else wire_of(written(found))
