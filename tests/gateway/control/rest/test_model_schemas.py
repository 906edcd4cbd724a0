from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.rest.model_schemas import require_schema


def _require(schema: Any) -> None:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    require_schema(text, "application/json", "abc", {"Pet"})


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"},
        {"type": ["string", "null"], "enum": [None, "a"], "pattern": r"^[a-z]{2,}$"},
        {"minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.5, "maximum": 1e3},
        {"items": [{"type": "string"}], "additionalItems": False, "uniqueItems": True},
        {"properties": {"type": {"type": "string"}, "$ref": {"type": "string"}}},
        {"definitions": {"a/b": {"type": "string"}}, "$ref": "#/definitions/a~1b"},
        {"not": {"$ref": "#"}, "dependencies": {"a": ["b"], "c": {"type": "object"}}},
        {"patternProperties": {"^x-": {}}, "required": ["a"], "minProperties": 1},
        {"type": "object", "x-vendor": {"anything": [1]}},
    ],
)
def test_draft_4_is_taken(schema: Any) -> None:
    _require(schema)


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "text"}, "type"),
        ({"type": ["string", "string"]}, "type"),
        ({"type": 1}, "type"),
        ({"properties": {"a": True}}, "properties"),
        ({"required": []}, "required"),
        ({"required": True}, "required"),
        ({"minLength": -1}, "minLength"),
        ({"minLength": True}, "minLength"),
        ({"maximum": "1"}, "maximum"),
        ({"exclusiveMaximum": 3}, "exclusiveMaximum"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"enum": []}, "enum"),
        ({"allOf": []}, "allOf"),
        ({"items": 1}, "items"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": "a" * 1001}, "pattern"),
        ({"patternProperties": {"(": {}}}, "patternProperties"),
        ({"dependencies": {"a": []}}, "dependencies"),
        ({"properties": {"a": {"anyOf": [{"not": {"type": "x"}}]}}}, "type"),
        ({"$ref": 1}, r"\$ref"),
    ],
)
def test_malformed_keyword_is_named(schema: Any, keyword: str) -> None:
    with pytest.raises(Invalid, match=f"Invalid model schema specified: {keyword} is malformed"):
        _require(schema)


@pytest.mark.parametrize("text", ["[]", "1", '"a"', "{", '{"maximum": NaN}', "null", "\x0b"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        _require(text)


def test_newer_dialect_is_refused() -> None:
    with pytest.raises(Invalid, match="must be that of draft 4"):
        _require({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"})


def test_deep_nesting_is_refused_before_it_is_parsed() -> None:
    deep = '{"not":' * 100_000
    with pytest.raises(Invalid, match=f"deeper than {quotas.MODEL_SCHEMA_DEPTH}"):
        require_schema(deep[: quotas.MODEL_SCHEMA_BYTES], "application/json", "abc", set())


def test_schema_of_very_many_schemas_is_refused() -> None:
    _require({"properties": {str(number): {} for number in range(quotas.MODEL_SCHEMAS - 1)}})
    with pytest.raises(Invalid, match="more than 2000 schemas"):
        _require({"properties": {str(number): {} for number in range(quotas.MODEL_SCHEMAS)}})


def test_brackets_inside_of_strings_do_not_nest() -> None:
    _require({"description": "[{" * 1000, "title": '\\"[[[' * 100})


@pytest.mark.parametrize("piece", ['"\\', '"', "\\", "{}", '{"a":', "[]"])
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    text = (piece * quotas.MODEL_SCHEMA_BYTES)[: quotas.MODEL_SCHEMA_BYTES]
    started = time.thread_time()
    with pytest.raises(Invalid):
        _require(text)
    assert time.thread_time() - started < 2
