"""Where a mapped value comes from: `'static'`, `context.X`, `stageVariables.X`, `method.request.*`.

The expressions of REST APIs ("Parameter mapping examples", API Gateway developer guide). Values are
wire text; a source without a value gives none. What a body holds is read by `parameters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.context import Located, Received, Routed
from gateway.mapping.context_variables import variable
from gateway.mapping.request_values import header_value, path_value, query_values
from gateway.mapping.wire_text import wire_of

METHOD_REQUEST = "method.request."


def static_value(expression: str) -> str | None:
    """The text between single quotes; None where the expression is no static value."""
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    return None


def common_values(
    context: Received, expression: str, extra: Mapping[str, Any] | None = None
) -> list[str] | None:
    """The values of what every mapping may name; None where the expression is another one."""
    static = static_value(expression)
    if static is not None:
        return [wire_of(static)]
    kind, _, name = expression.partition(".")
    if kind == "context":
        known = extra or {}
        return _one(known[name] if name in known else variable(context, name))
    if kind == "stageVariables":
        stage = context.stage if isinstance(context, Located) else None
        return _one(stage.variables.get(name) if stage else None)
    return None


def request_values(context: Received, expression: str) -> list[str]:
    """The values of `method.request.{header,querystring,path,multivalue...}.NAME`."""
    place, _, name = expression.removeprefix(METHOD_REQUEST).partition(".")
    if place in {"header", "multivalueheader"}:
        return _one_wire(header_value(context.request, name))
    if place in {"querystring", "multivaluequerystring"}:
        values = query_values(context.request.query).get(name, [])
        return values if place == "multivaluequerystring" else values[-1:]
    if place == "path" and isinstance(context, Routed):
        return _one_wire(path_value(context, name))
    return []


def written(value: Any) -> str:
    """A JSON value as text: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _one(value: Any) -> list[str]:
    return [] if value is None else [wire_of(written(value))]


def _one_wire(value: str | None) -> list[str]:
    return [] if value is None else [value]
