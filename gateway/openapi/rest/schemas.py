"""Schemas of documents as models: references, what OpenAPI adds to JSON Schema, and names.

A reference to another schema of the document becomes `#/models/NAME`. `nullable` is OpenAPI's own
word for what draft 4 says by a second type.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from gateway.json_pointers import decoded
from gateway.openapi.node import Node
from gateway.openapi.rest.values import MODEL_REFERENCE, Model
from gateway.openapi.versions import Version, below

_UNNAMED = re.compile(r"[^A-Za-z0-9]")
_NAMED = ("properties", "patternProperties", "definitions", "dependencies")
_ONE = ("items", "additionalProperties", "additionalItems", "not")
_SEVERAL = ("allOf", "anyOf", "oneOf")


def model_name(name: str) -> str:
    """A schema's name as a model's, which has letters and digits alone."""
    return _UNNAMED.sub("", name)


class Schemas:
    """The models of a document: those it names, and those that stand where they are used."""

    def __init__(self, document: Node, version: Version) -> None:
        self._version = version
        self._prefix = "#/" + "/".join(version.schemas) + "/"
        self.models: dict[str, Model] = {}
        for name, node in below(document, version.schemas).members():
            self._add(name, node)

    def name_of(self, node: Node) -> str:
        """The model of a schema somewhere in the document, made where it has no name yet."""
        reference = node.value.get("$ref") if isinstance(node.value, dict) else None
        if isinstance(reference, str) and reference.startswith(self._prefix):
            name = model_name(decoded(reference[len(self._prefix) :]))
            if name in self.models and "/" not in reference[len(self._prefix) :]:
                return name
            node.fault(f"its $ref leads to no schema of the document: {reference[:100]}")
            return ""
        if not isinstance(node.value, dict):
            node.fault("a schema must be an object")
            return ""
        return self._unnamed(node)

    def _add(self, name: str, node: Node) -> None:
        short = model_name(name)
        if not short:
            node.fault("the name of a model needs letters or digits")
            return
        if short in self.models:
            node.fault(f"its name as a model, {short}, is that of another one too")
            return
        if short != name:
            node.warn(f"models have names of letters and digits: it becomes {short}")
        if not isinstance(node.value, dict):
            node.fault("a schema must be an object")
            return
        self.models[short] = Model(
            self._translated(node.value, node), where=node.path, description=_described(node)
        )

    def _unnamed(self, node: Node) -> str:
        schema = self._translated(node.value, node)
        if not schema:
            return "Empty"  # every body is good, as for the model that each new API has
        canonical = json.dumps(schema, sort_keys=True)
        name = "MODEL" + hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()[:8]
        self.models.setdefault(name, Model(schema, where=node.path))
        return name

    def _translated(self, schema: Any, node: Node) -> Any:
        def translate(each: dict[str, Any]) -> dict[str, Any]:
            if "$ref" in each:
                each["$ref"] = self._reference(each["$ref"], node)
            if "discriminator" in each:
                node.warn("discriminator is not part of JSON Schema draft 4, and has no effect")
            return each if self._version.is_swagger else _with_null(each)

        return mapped(schema, translate)

    def _reference(self, reference: Any, node: Node) -> Any:
        if isinstance(reference, str) and reference.startswith(self._prefix):
            return MODEL_REFERENCE + model_name(decoded(reference[len(self._prefix) :]))
        if isinstance(reference, str) and (
            reference == "#" or reference.startswith("#/definitions")
        ):
            return reference  # into the schema itself, as exported models have them
        node.fault(f"its $ref leads to no schema of the document: {str(reference)[:100]}")
        return "#"


def written_schema(schema: Any, version: Version) -> Any:
    """A model's schema as documents of a version have it."""

    def write(each: dict[str, Any]) -> dict[str, Any]:
        reference = each.get("$ref")
        if isinstance(reference, str) and reference.startswith(MODEL_REFERENCE):
            each["$ref"] = f"#/{'/'.join(version.schemas)}/{reference[len(MODEL_REFERENCE) :]}"
        return each if version.is_swagger else _without_null(each)

    written = mapped(schema, write)
    if isinstance(written, dict):
        written.pop("$schema", None)
    return written


def mapped(schema: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy of a schema, with a change made to it and to every schema inside of it."""
    if isinstance(schema, list):
        return [mapped(each, change) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for keyword in (*_ONE, *_SEVERAL):
        if keyword in schema:
            copy[keyword] = mapped(schema[keyword], change)
    for keyword in _NAMED:
        if isinstance(schema.get(keyword), dict):
            inner = schema[keyword].items()
            copy[keyword] = {name: mapped(each, change) for name, each in inner}
    return change(copy)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("nullable") is not True or not isinstance(schema.get("type"), str):
        return schema
    translated = {key: value for key, value in schema.items() if key != "nullable"}
    return {**translated, "type": [schema["type"], "null"]}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    types = schema.get("type")
    if isinstance(types, list) and len(types) == 2 and types[1] == "null":
        return {**schema, "type": types[0], "nullable": True}
    return schema


def _described(node: Node) -> str:
    value = node.value.get("description")
    return value if isinstance(value, str) and len(value) <= 1024 else ""
