"""YAML as JSON has it: objects, lists, text, numbers, booleans and null, and nothing else.

OpenAPI 3.0.3, "Format": tags must be those of YAML's JSON schema, and keys must be text. So `on`
and `2024-01-01` are text here. No object is ever made by a tag; an alias counts for everything that
it repeats, so that a few lines cannot stand for a gigabyte; merge keys, which do that too, are
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]  # it has no types

from gateway.openapi.faults import InvalidDocument

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,3})?")
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TEXT_TAG = "tag:yaml.org,2002:str"
MOST_DIRECTIVES = 10
"""Poolgate's own: parsers compare each with all before it."""
_DIRECTIVE = re.compile(r"(?:\A|[\n\r\x85\u2028\u2029])%")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain_scalar(text: str) -> Any:
    """What a scalar without quotes means: YAML 1.2, "Core Schema", without octals and hexes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if number not in (float("inf"), float("-inf")) else text
    return text


def read_yaml(text: str, *, most_nodes: int, most_depth: int) -> Any:
    """The values of a YAML document. Raises `InvalidDocument`."""
    if sum(1 for _ in _DIRECTIVE.finditer(text)) > MOST_DIRECTIVES:
        raise InvalidDocument(f"The document has more than {MOST_DIRECTIVES} YAML directives")
    try:
        return _Builder(most_nodes, most_depth).build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise InvalidDocument(f"The document is neither JSON nor YAML: {_reason(error)}") from None
    except RecursionError:
        raise InvalidDocument(f"The document nests deeper than {most_depth}") from None


class _Builder:
    """Makes values of a parser's events."""

    def __init__(self, most_nodes: int, most_depth: int) -> None:
        self._most_nodes = most_nodes
        self._most_depth = most_depth
        self._nodes = 0
        self._depth = 0
        self._anchors: dict[str, tuple[Any, int]] = {}

    def build(self, events: Iterator[yaml.Event]) -> Any:
        document: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise InvalidDocument("The text holds more than one YAML document")
                document = self._value(next(events), events)
        return document

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event.anchor)
        before = self._nodes
        self._count(1)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        else:
            self._depth += 1
            if self._depth > self._most_depth:
                raise InvalidDocument(f"The document nests deeper than {self._most_depth}")
            is_list = isinstance(event, yaml.SequenceStartEvent)
            _require_no_tag(event)
            value = self._list(events) if is_list else self._object(events)
            self._depth -= 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _list(self, events: Iterator[yaml.Event]) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self._value(event, events))
        return values

    def _object(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = _key(event)
            if key in values:
                raise InvalidDocument(f"The document has a key twice in one object: {key[:100]}")
            values[key] = self._value(next(events), events)
        return values

    def _repeated(self, anchor: str) -> Any:
        """An anchor inside of itself is not known yet, so nothing can be cyclic."""
        if anchor not in self._anchors:
            raise InvalidDocument(f"The alias *{anchor[:100]} repeats nothing that came before it")
        value, nodes = self._anchors[anchor]
        self._count(nodes)
        return value

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > self._most_nodes:
            raise InvalidDocument(f"The document has more than {self._most_nodes} values")


def _scalar(event: yaml.ScalarEvent) -> Any:
    is_plain, _ = event.implicit
    if event.tag in (None, "!") or event.tag == _TEXT_TAG:
        text: str = event.value
        return plain_scalar(text) if is_plain and event.style in (None, "") else text
    raise _unknown_tag(event.tag)


def _key(event: yaml.Event) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise InvalidDocument("The keys of a document must be text")
    if event.tag not in (None, "!", _TEXT_TAG):
        raise _unknown_tag(event.tag)
    key: str = event.value
    if key == "<<" and event.style in (None, ""):
        raise InvalidDocument("Merge keys (<<) are not part of YAML's JSON schema")
    return key


def _require_no_tag(event: yaml.Event) -> None:
    if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
        raise _unknown_tag(event.tag)


def _unknown_tag(tag: str) -> InvalidDocument:
    return InvalidDocument(f"The document uses a YAML tag that JSON does not have: {tag[:100]}")


def _reason(error: yaml.YAMLError) -> str:
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"{problem or 'malformed'}{where}"
