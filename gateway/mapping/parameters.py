"""Parameter mapping of REST APIs: requests to integrations, and integrations' replies to methods.

"Parameter mapping for REST APIs" (API Gateway developer guide). All values are wire text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from gateway import header_rules
from gateway.context import Headers, Integrated, Prepared, Routed
from gateway.mapping import json_path
from gateway.mapping.payloads import NotJson, Payload
from gateway.mapping.sources import METHOD_REQUEST, common_values, request_values, written
from gateway.mapping.wire_text import field_value, wire_of
from gateway.paths import canonical
from gateway.snapshot.targets import ParameterMappings

TO_REQUEST = "integration.request."
TO_RESPONSE = "method.response.header."
FROM_RESPONSE = "integration.response."
_BODY = "body"


def map_to_request(
    context: Prepared, mappings: ParameterMappings, payload: Payload
) -> dict[str, dict[str, list[str]]]:
    """The values for an integration, by `path`, `querystring` and `header` and by name."""
    mapped: dict[str, dict[str, list[str]]] = {"path": {}, "querystring": {}, "header": {}}
    for destination, expression in mappings.items():
        place, _, name = destination.removeprefix(TO_REQUEST).partition(".")
        values = _request_source(context, expression, payload)
        if place in mapped and values:
            mapped[place][name] = values
    return mapped


def map_to_response(
    context: Integrated, mappings: ParameterMappings, declared: Iterable[str] | None
) -> dict[str, list[str]]:
    """The headers of a method's reply by name, of those that the method declares."""
    payload = Payload(context.result.body if isinstance(context.result.body, bytes) else b"")
    allowed = None if declared is None else set(declared)
    mapped = {}
    for destination, expression in mappings.items():
        values = _response_source(context, expression, payload)
        if values and (allowed is None or destination in allowed):
            mapped[destination.removeprefix(TO_RESPONSE)] = values
    return mapped


def header_pairs(values: Mapping[str, list[str]]) -> Headers:
    """Mapped headers as they may be sent."""
    return sendable((name, each) for name, found in values.items() for each in found)


def sendable(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Headers that may be sent: names that are tokens, values that end no line, and none that says
    how a message is framed."""
    return tuple(
        (name, field_value(each))
        for name, each in pairs
        if header_rules.NAME.fullmatch(name) and name.lower() not in header_rules.FRAMING
    )


def path_text(value: str) -> str:
    """A value as one segment of a path. Raises `RefusedPath` for what could climb out of it."""
    spelled = quote(value, safe="", encoding="latin-1")
    canonical(f"/{spelled}")
    return spelled


def query_text(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string."""
    return "&".join(
        f"{quote(name, safe='', encoding='latin-1')}={quote(value, safe='', encoding='latin-1')}"
        for name, value in pairs
    )


def _request_source(context: Routed, expression: str, payload: Payload) -> list[str]:
    values = common_values(context, expression)
    if values is not None:
        return values
    if not expression.startswith(METHOD_REQUEST):
        return []
    rest = expression.removeprefix(METHOD_REQUEST)
    if rest == _BODY or rest.startswith((f"{_BODY}.", f"{_BODY}[")):
        return body_values(payload, rest.removeprefix(_BODY))
    return request_values(context, expression)


def _response_source(context: Integrated, expression: str, payload: Payload) -> list[str]:
    values = common_values(context, expression)
    if values is not None:
        return values
    if not expression.startswith(FROM_RESPONSE):
        return _request_source(context, expression, Payload(context.body))
    rest = expression.removeprefix(FROM_RESPONSE)
    if rest == _BODY or rest.startswith((f"{_BODY}.", f"{_BODY}[")):
        return body_values(payload, rest.removeprefix(_BODY))
    place, _, name = rest.partition(".")
    found = [value for key, value in context.result.headers if key.lower() == name.lower()]
    if place == "multivalueheader":
        return found
    return found[-1:] if place == "header" else []


def body_values(payload: Payload, expression: str) -> list[str]:
    """What a JSONPath without its `$` finds in a body; without a path, the body as it is."""
    if not expression:
        return [wire_of(payload.text)] if payload.text else []
    path = expression.removeprefix(".") if expression.startswith(".$") else f"${expression}"
    try:
        found: Any = json_path.find(payload.pristine, path)
    except (NotJson, json_path.InvalidPath, json_path.TooManyNodes):
        return []
    return [] if found is json_path.MISSING or found is None else [wire_of(written(found))]
