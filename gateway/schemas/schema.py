"""A compiled schema, and the references between schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from gateway.json_pointers import decoded
from gateway.schemas.checks import Check, Compiler, Run, TooMuchWork
from gateway.schemas.keywords import InvalidSchema

__all__ = ["InvalidSchema", "Schema", "TooMuchWork", "compile_schema"]

_MODEL = re.compile(
    r"https?://(?:[^/]*)apigateway[^/]*/restapis/[A-Za-z0-9]+/models/([A-Za-z0-9]+)(#.*)?"
)
"""`https://apigateway.amazonaws.com/restapis/{id}/models/{Name}` (developer guide, "Model
references")."""
MOST_SCHEMAS = 2_000
"""Schemas inside of one, with those that it refers to."""


class Schema:
    """What a document must be."""

    def __init__(self, check: Check) -> None:
        self._check = check

    def accepts(self, document: Any) -> bool:
        """Whether a JSON document fits. Raises `TooMuchWork`."""
        return self.error(document) is None

    def error(self, document: Any) -> str | None:
        """Where and why a document does not fit. Raises `TooMuchWork`."""
        return self._check(document, Run())


def compile_schema(
    schema: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]] | None = None
) -> Schema:
    """The checks of a schema; `$ref` may name its own parts and `models`. Raises `InvalidSchema`.

    No reference is ever fetched.
    """
    return Schema(_References(models or {}).check(schema, schema))


class _References:
    """Compiles each schema once, so that references may lead in circles."""

    def __init__(self, models: Mapping[str, Mapping[str, Any]]) -> None:
        self._models = models
        self._compiled: dict[int, Check] = {}
        self._pending: set[int] = set()
        self._kept: list[Any] = []
        """Schemas made on the way: an object's id is its own only while it lives."""

    def check(self, schema: Any, document: Mapping[str, Any], depth: int = 0) -> Check:
        """The check of a schema inside `document`, within which `#...` refers."""
        key = id(schema)
        if key in self._compiled:
            return self._compiled[key]
        if key in self._pending:
            return self._later(key)
        if len(self._compiled) + len(self._pending) > MOST_SCHEMAS:
            raise InvalidSchema("the schema is too large")
        self._pending.add(key)
        self._kept.append(schema)
        compiler = Compiler(lambda inner, deeper: self.check(inner, document, deeper))
        if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            check = self._referred(schema["$ref"], document, depth)
        else:
            check = compiler.compile(schema, depth)
        self._pending.discard(key)
        self._compiled[key] = check
        return check

    def _later(self, key: int) -> Check:
        """The check of a schema that is being compiled: a circle, which only documents end."""

        def check(value: Any, run: Run) -> str | None:
            run.enter()
            error = self._compiled[key](value, run)
            run.leave()
            return error

        return check

    def _referred(self, reference: str, document: Mapping[str, Any], depth: int) -> Check:
        found = _MODEL.fullmatch(reference)
        if found:
            if found[1] not in self._models:
                raise InvalidSchema(f"there is no model {found[1]}")
            document, reference = self._models[found[1]], found[2] or "#"
        if not reference.startswith("#"):
            raise InvalidSchema(f"{reference[:200]!r} is not a model of this API")
        target = _pointed(document, reference[1:])
        return self.check(target, document, depth + 1)


def _pointed(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to (RFC 6901)."""
    for token in pointer.split("/")[1:]:
        key = decoded(unquote(token))
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            raise InvalidSchema(f"{pointer[:200]!r} leads nowhere")
    return document
