"""Draft 4, keyword by keyword."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.schemas import InvalidSchema, TooMuchWork, compile_schema

REFERENCE = "https://apigateway.amazonaws.com/restapis/abc123/models/"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "object"}, [{}], [[], 1, "a", None]),
        ({"type": "integer"}, [1, 1.0, -3], [1.5, True, "1"]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"type": "number", "minimum": 1, "maximum": 2}, [1, 1.5, 2], [0.9, 2.1]),
        ({"minimum": 1, "exclusiveMinimum": True}, [1.1, "a"], [1]),
        ({"maximum": 1, "exclusiveMaximum": True}, [0.9], [1]),
        ({"multipleOf": 3}, [9, "a"], [10]),
        ({"multipleOf": 0.1}, [0.3], [0.35]),
        ({"enum": ["a", 1, {"b": [1]}]}, ["a", 1, 1.0, {"b": [1]}], ["b", True, {"b": []}]),
        ({"minLength": 2, "maxLength": 3}, ["ab", "abc", 1], ["a", "abcd"]),
        ({"pattern": "^[a-z]+$"}, ["abc", 1], ["aB", ""]),
        ({"pattern": "b"}, ["abc"], ["ac"]),
        ({"minItems": 1, "maxItems": 2}, [[1], [1, 2]], [[], [1, 2, 3]]),
        ({"uniqueItems": True}, [[1, "1", True]], [[1, 1.0], [{"a": 1}, {"a": 1}]]),
        ({"items": {"type": "string"}}, [["a"], {}], [["a", 1]]),
        ({"items": [{"type": "string"}], "additionalItems": False}, [["a"], []], [["a", 1], [1]]),
        ({"required": ["a", "b"]}, [{"a": 1, "b": None}, []], [{"a": 1}]),
        ({"properties": {"a": {"type": "string"}}}, [{"a": "x"}, {"b": 1}], [{"a": 1}]),
        ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}], [{"b": 1}]),
        ({"additionalProperties": {"type": "number"}}, [{"b": 1}], [{"b": "x"}]),
        ({"patternProperties": {"^x": {"type": "number"}}}, [{"xa": 1, "b": ""}], [{"xa": ""}]),
        ({"minProperties": 1, "maxProperties": 1}, [{"a": 1}], [{}, {"a": 1, "b": 2}]),
        ({"dependencies": {"a": ["b"]}}, [{"a": 1, "b": 2}, {"b": 1}], [{"a": 1}]),
        ({"dependencies": {"a": {"required": ["c"]}}}, [{"a": 1, "c": 2}], [{"a": 1}]),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1], [3]),
        ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, ["a", 6], [1]),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, [0, 6], [3]),
        ({"not": {"type": "null"}}, [1], [None]),
        ({"definitions": {"n": {"type": "null"}}, "$ref": "#/definitions/n"}, [None], [1]),
        ({"title": "t", "description": "d", "format": "email", "x-own": 1}, [1, "a"], []),
        ({}, [1, None, {}], []),
    ],
)
def test_a_keyword(schema, good, bad):
    compiled = compile_schema(schema)

    assert [each for each in good if not compiled.accepts(each)] == []
    assert [each for each in bad if compiled.accepts(each)] == []


def test_a_model_refers_to_another_and_to_its_parts():
    models = {
        "Pets": {"type": "array", "items": {"$ref": f"{REFERENCE}Pet"}},
        "Pet": {
            "type": "object",
            "properties": {"kind": {"$ref": "#/definitions/kind"}},
            "definitions": {"kind": {"enum": ["cat"]}},
        },
    }
    compiled = compile_schema(models["Pets"], models)

    assert compiled.accepts([{"kind": "cat"}, {}])
    assert compiled.error([{"kind": "dog"}]) == "[0]: kind: it is none of the values"


def test_a_model_may_refer_to_itself():
    models = {"Node": {"properties": {"next": {"$ref": f"{REFERENCE}Node"}}, "type": "object"}}
    compiled = compile_schema(models["Node"], models)

    assert compiled.accepts({"next": {"next": {}}})
    assert not compiled.accepts({"next": {"next": 1}})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "thing"},
        {"type": []},
        {"enum": []},
        {"pattern": "("},
        {"minLength": -1},
        {"multipleOf": 0},
        {"items": 3},
        {"properties": []},
        {"allOf": []},
        {"$ref": "http://elsewhere.example/schema"},
        {"$ref": f"{REFERENCE}Nobody"},
        {"$ref": "#/definitions/none"},
        {"required": [1]},
    ],
)
def test_what_is_no_schema_is_refused(schema):
    with pytest.raises(InvalidSchema):
        compile_schema(schema)


def test_a_schema_that_only_goes_in_circles_accepts_nothing():
    for schema in ({"$ref": "#"}, {"allOf": [{"$ref": "#"}]}):
        with pytest.raises(TooMuchWork):
            compile_schema(schema).accepts({})


def test_a_deep_schema_is_refused():
    schema: dict = {}
    for _ in range(500):
        schema = {"items": schema}
    with pytest.raises(InvalidSchema):
        compile_schema(schema)


def test_a_body_cannot_make_a_schema_work_without_end():
    schema = {
        "definitions": {"n": {"anyOf": [{"items": {"$ref": "#/definitions/n"}}] * 8}},
        "not": {"$ref": "#/definitions/n"},
    }
    body: list = []
    for _ in range(30):
        body = [body, 1]
    started = time.thread_time()
    with contextlib.suppress(TooMuchWork):
        compile_schema(schema).accepts(body)
    assert time.thread_time() - started < 3


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(_VALUES)
def test_a_value_is_in_the_enumeration_of_itself_alone(value):
    compiled = compile_schema({"enum": [value]})

    assert compiled.accepts(value)
    assert not compiled.accepts([value, "more"])
