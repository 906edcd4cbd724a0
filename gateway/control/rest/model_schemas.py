"""Schemas of models: JSON Schema draft 4, checked before they are stored. Pure rules.

A schema that no validator could apply is refused here, so that no request meets it. References
lead to a schema's own `definitions`, or to another model of the API in the canonical form
`https://apigateway.amazonaws.com/restapis/ID/models/NAME`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.rest.draft_4 import malformed, nodes
from gateway.json_pointers import tokens_of

Schema = dict[str, Any]

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]')
"""Strings, also one without an end, and brackets: read once, from left to right."""

EMPTY = "Model schema must have at least 1 property or array items defined"
DRAFT_4 = "http://json-schema.org/draft-04/schema"

_PREFIX = "Invalid model specified: Validation Result: warnings : [], errors : "
_REFERENCE = re.compile(r"https://apigateway\.amazonaws\.com/restapis/([a-z0-9]+)/models/(\w+)")


def require_schema(text: str, content_type: str, api_id: str, known: Collection[str]) -> None:
    """Refuse a schema that is too large, or no draft 4 schema where it is for JSON.

    `known` are the names of the API's models. Raises `Invalid`.
    """
    if not text.strip():
        raise Invalid(EMPTY)
    if len(text.encode("utf-8", "replace")) > quotas.MODEL_SCHEMA_BYTES:
        raise Invalid(f"A model has at most {quotas.MODEL_SCHEMA_BYTES // 1024} KB")
    if is_json(content_type):
        _require_draft_4(_parsed(text), api_id, known)


def is_json(content_type: str) -> bool:
    """Whether a model of this content type describes JSON."""
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def references(schema: Any) -> Iterator[str]:
    """The names of other models that a schema refers to."""
    for node in nodes(schema):
        reference = node.get("$ref")
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found is not None:
            yield found[2]


def referenced_model(reference: str) -> str | None:
    """The name of the model that a canonical reference leads to."""
    found = _REFERENCE.fullmatch(reference)
    return found[2] if found else None


def with_references_to(api_id: str, other_id: str, text: str) -> str:
    """A schema's text whose references lead to the models of `api_id` instead of `other_id`."""
    return text.replace(f"/restapis/{other_id}/models/", f"/restapis/{api_id}/models/")


def read_schema(text: str) -> Schema:
    """The schema of a stored model; nothing where it is not JSON."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return schema if isinstance(schema, dict) else {}


def _parsed(text: str) -> Schema:
    if _depth(text) > quotas.MODEL_SCHEMA_DEPTH:
        raise invalid_schema(f"it nests deeper than {quotas.MODEL_SCHEMA_DEPTH}")
    try:
        schema = json.loads(text, parse_constant=_no_constant)
    except ValueError:
        raise invalid_schema("it is not JSON") from None
    if not isinstance(schema, dict):
        raise invalid_schema("it is not an object")
    if not schema:
        raise Invalid(EMPTY)
    return schema


def _depth(text: str) -> int:
    """At most how deep a JSON text nests; brackets inside of strings are not counted."""
    deepest = depth = 0
    for token in _TOKENS.findall(text):
        if token in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in "]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _require_draft_4(schema: Schema, api_id: str, known: Collection[str]) -> None:
    dialect = schema.get("$schema")
    if dialect is not None and (not isinstance(dialect, str) or dialect.rstrip("#") != DRAFT_4):
        raise invalid_schema("$schema must be that of draft 4")
    for number, node in enumerate(nodes(schema)):
        if number == quotas.MODEL_SCHEMAS:
            raise invalid_schema(f"it has more than {quotas.MODEL_SCHEMAS} schemas inside of it")
        keyword = malformed(node)
        if keyword is not None:
            raise invalid_schema(f"{keyword} is malformed")
        if "$ref" in node:
            _require_reference(schema, node["$ref"], api_id, known)


def _require_reference(schema: Schema, reference: str, api_id: str, known: Collection[str]) -> None:
    if reference == "#" or _leads_somewhere(schema, reference):
        return
    found = _REFERENCE.fullmatch(reference)
    if found is None or found[1] != api_id:
        raise Invalid(f"{_PREFIX}[Model reference must be in canonical form]")
    if found[2] not in known:
        raise Invalid(f"{_PREFIX}[Invalid model name specified: {found[2]}]")


def _leads_somewhere(schema: Schema, reference: str) -> bool:
    if not reference.startswith("#/"):
        return False
    node: Any = schema
    for name in tokens_of(reference[1:]):
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return isinstance(node, dict)


def invalid_schema(why: str) -> Invalid:
    """The refusal of a schema, in AWS's form."""
    return Invalid(f"{_PREFIX}[Invalid model schema specified: {why}]")
