"""JSON Schema draft 4: what its meta-schema asks of each keyword. Pure rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.json_numbers import is_number
from gateway.patterns import InvalidPattern, compile_pattern

TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
PATTERN_CHARACTERS = 1000

_ONE = ("not", "items", "additionalItems", "additionalProperties")
_SEVERAL = ("items", "allOf", "anyOf", "oneOf")
_BY_NAME = ("properties", "patternProperties", "definitions", "dependencies")


def nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A schema and every schema inside of it."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        yield node
        for keyword in _ONE:
            waiting.append(node.get(keyword))
        for keyword in _SEVERAL:
            inner = node.get(keyword)
            waiting.extend(inner if isinstance(inner, list) else [])
        for keyword in _BY_NAME:
            inner = node.get(keyword)
            waiting.extend(inner.values() if isinstance(inner, Mapping) else [])


def malformed(node: Mapping[str, Any]) -> str | None:
    """The first keyword of a schema, inner schemas aside, whose value is not one it can have."""
    for keyword, rule in _KEYWORDS.items():
        if keyword in node and not rule(node[keyword]):
            return keyword
    return None


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict)


def _is_flag_or_schema(value: Any) -> bool:
    return isinstance(value, (bool, dict))


def _are_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_schema, value))


def _are_named_schemas(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_schema, value.values()))


def _are_patterns(value: Any) -> bool:
    return _are_named_schemas(value) and all(map(_is_pattern, value))


def _are_names(value: Any) -> bool:
    """ "This array MUST have at least one element. Elements of this array MUST be strings, and MUST
    be unique" (draft 4, §5.4.3.1)."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, str) for each in value)
        and len(set(value)) == len(value)
    )


def _are_types(value: Any) -> bool:
    return value in TYPES if isinstance(value, str) else _are_names(value) and set(value) <= TYPES


def _are_values(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _are_dependencies(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_schema(each) or _are_names(each) for each in value.values()
    )


def _is_pattern(value: Any) -> bool:
    """A regular expression that can be matched in linear time."""
    if not isinstance(value, str) or len(value) > PATTERN_CHARACTERS:
        return False
    try:
        compile_pattern(value)
    except InvalidPattern:
        return False
    return True


def _is_finite(value: Any) -> bool:
    return is_number(value) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = {
    "$ref": _is_text,
    "additionalItems": _is_flag_or_schema,
    "additionalProperties": _is_flag_or_schema,
    "allOf": _are_schemas,
    "anyOf": _are_schemas,
    "definitions": _are_named_schemas,
    "dependencies": _are_dependencies,
    "description": _is_text,
    "enum": _are_values,
    "exclusiveMaximum": _is_flag,
    "exclusiveMinimum": _is_flag,
    "format": _is_text,
    "id": _is_text,
    "items": lambda value: _is_schema(value) or _are_schemas(value),
    "maxItems": _is_count,
    "maxLength": _is_count,
    "maxProperties": _is_count,
    "maximum": _is_finite,
    "minItems": _is_count,
    "minLength": _is_count,
    "minProperties": _is_count,
    "minimum": _is_finite,
    "multipleOf": lambda value: _is_finite(value) and value > 0,
    "not": _is_schema,
    "oneOf": _are_schemas,
    "pattern": _is_pattern,
    "patternProperties": _are_patterns,
    "properties": _are_named_schemas,
    "required": _are_names,
    "title": _is_text,
    "type": _are_types,
    "uniqueItems": _is_flag,
}
"""What the meta-schema of draft 4 asks of each keyword."""
