"""GetModelTemplate: a mapping template that turns a payload into a model's form. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_]\w*")
MOST_DEPTH = 8


def sample_template(schema: Mapping[str, Any]) -> str:
    """A VTL template with a line for each property, whose values it takes from the payload.

    `$input.json` writes a value of any type as JSON, so that nothing needs escaping. Objects are
    written out; whatever else a property may be is taken whole.
    """
    return "#set($inputRoot = $input.path('$'))\n" + _value(schema, "$", 0)


def _value(schema: Mapping[str, Any], path: str, depth: int) -> str:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties or depth == MOST_DEPTH:
        return f"$input.json('{path}')"
    margin = "  " * (depth + 1)
    lines = [
        f"{margin}{json.dumps(name)} : {_value(inner, f'{path}.{name}', depth + 1)}"
        for name, inner in properties.items()
        if _PLAIN.fullmatch(name) and isinstance(inner, Mapping)
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"
