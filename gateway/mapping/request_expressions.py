"""The values that parameters of HTTP APIs name: `$request.header.x`, `$context.x`, static text.

"Mapping request parameters" (developer guide, "Create AWS service integrations for HTTP APIs").
A text is one expression, or static text with expressions in `${...}`. Values are Unicode.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from gateway.context import Identified
from gateway.mapping import json_path
from gateway.mapping.context_variables import variable
from gateway.mapping.payloads import NotJson, Payload
from gateway.mapping.request_values import header_value, path_value, query_values
from gateway.mapping.sources import written
from gateway.mapping.wire_text import text_of

_EXPRESSION = re.compile(
    r"\$(request\.(?:header|querystring|path)\.[!-z|~]{1,256}|request\.path|request\.body"
    r"(?:[.\[][ -~]{1,512})?|context\.[A-Za-z0-9_.-]{1,256}|stageVariables\.[A-Za-z0-9_]{1,64})"
)
_EMBEDDED = re.compile(r"\$\{([^{}]{1,512})\}")
_ROOTS = ("$request", "$context", "$stageVariables")


class InvalidExpression(ValueError):
    """A text that looks like an expression and is none."""


def require_expression(text: str) -> None:
    """Refuse what no request could evaluate. Raises `InvalidExpression`."""
    for embedded in _EMBEDDED.findall(text):
        _require_one(f"${embedded}")
    if text.startswith(_ROOTS):
        _require_one(text)


def reads_body(text: str) -> bool:
    """Whether the value may come out of the request's body."""
    return "request.body" in text


def value_of(context: Identified, text: str, payload: Payload) -> Any:
    """The value of a text; None where its expression has none."""
    whole = _EXPRESSION.fullmatch(text)
    if whole:
        return _named(context, whole[1], payload)
    if "${" not in text:
        return text
    return _EMBEDDED.sub(lambda found: _as_text(_named(context, found[1], payload)), text)


def _require_one(text: str) -> None:
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise InvalidExpression(f"Invalid mapping expression specified: {text}")
    if found[1].startswith("request.body"):
        path = found[1].removeprefix("request.body")
        try:
            json_path.parse_path(f"${path}")
        except json_path.InvalidPath:
            raise InvalidExpression(f"Invalid mapping expression specified: {text}") from None


def _named(context: Identified, name: str, payload: Payload) -> Any:
    kind, _, rest = name.partition(".")
    if kind == "context":
        return variable(context, rest)
    if kind == "stageVariables":
        return context.stage.variables.get(rest)
    place, _, key = rest.partition(".")
    if rest.startswith("body"):
        return _in_body(rest.removeprefix("body"), payload)
    if rest == "path":
        return text_of(unquote(context.address.path, "latin-1"))
    return _wire(_parameter(context, place, key))


def _parameter(context: Identified, place: str, key: str) -> str | None:
    if place == "header":
        return header_value(context.request, key)
    if place == "path":
        return path_value(context, key)
    values = query_values(context.request.query).get(key)
    return ",".join(values) if values else None


def _in_body(path: str, payload: Payload) -> Any:
    if not path:
        return payload.text or None
    try:
        found = json_path.find(payload.pristine, f"${path}")
    except (NotJson, json_path.InvalidPath, json_path.TooManyNodes):
        return None
    return None if found is json_path.MISSING else found


def _wire(value: str | None) -> str | None:
    return None if value is None else text_of(value)


def _as_text(value: Any) -> str:
    return "" if value is None else written(value)
