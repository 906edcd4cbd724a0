"""The text of a document as plain values, JSON or YAML, whose size and shape are bounded."""

from __future__ import annotations

import json
import math
from typing import Any

from gateway.openapi.faults import InvalidDocument
from gateway.openapi.yaml_reading import read_yaml

Values = dict[str, Any]

MOST_BYTES = 6 * 1024 * 1024
"""ImportRestApi: "The maximum size of the API definition file is 6MB"."""
MOST_DEPTH = 100
"""Poolgate's own, far above what an OpenAPI document needs."""
MOST_NODES = 400_000
"""Poolgate's own: objects, lists and scalars, where an alias counts for all that it repeats."""


MOST_DIGITS = 30
"""Poolgate's own."""


def read_document(body: bytes) -> Values:
    """The document in a body. Raises `InvalidDocument`."""
    if len(body) > MOST_BYTES:
        raise InvalidDocument(f"The document has more than {MOST_BYTES // 1024 // 1024} MB")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidDocument("The document is not UTF-8 text") from None
    if text.lstrip()[:1] == "{":
        document = _read_json(text)
    else:
        document = read_yaml(text, most_nodes=MOST_NODES, most_depth=MOST_DEPTH)
    if not isinstance(document, dict):
        raise InvalidDocument("The document is not a JSON or YAML object")
    _require_plain(document)
    return document


def _read_json(text: str) -> Any:
    """A YAML document may begin with a brace too, so what is no JSON may still be YAML."""
    try:
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer
        )
    except RecursionError:
        raise InvalidDocument(f"The document nests deeper than {MOST_DEPTH}") from None
    except ValueError as error:
        try:
            return read_yaml(text, most_nodes=MOST_NODES, most_depth=MOST_DEPTH)
        except InvalidDocument:
            raise InvalidDocument(f"The document is not JSON: {_reason(error)}") from None


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return str(error)[:200]


def _unique(pairs: list[tuple[str, Any]]) -> Values:
    """What comes twice would be read differently by others."""
    values: Values = {}
    for name, value in pairs:
        if name in values:
            raise InvalidDocument(f"The document has a key twice in one object: {name[:100]}")
        values[name] = value
    return values


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise InvalidDocument("The document holds a number that is too large")
    return int(digits)


def _no_constant(name: str) -> Any:
    raise InvalidDocument(f"{name} is no JSON number")


def _require_plain(document: Values) -> None:
    """Bound the nodes and their depth, and refuse text that no database stores."""
    level: list[Any] = [document]
    nodes = 0
    for _ in range(MOST_DEPTH):
        nodes += len(level)
        if nodes > MOST_NODES:
            raise InvalidDocument(f"The document has more than {MOST_NODES} values")
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise InvalidDocument(f"The document nests deeper than {MOST_DEPTH}")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        for key in value:
            _require_text(key)
        return list(value.values())
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidDocument("The document holds a number that is too large")
    return []


def _require_text(text: str) -> None:
    if "\x00" in text or (
        not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text)
    ):
        raise InvalidDocument("The document holds a character that cannot be stored")
