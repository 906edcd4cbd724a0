"""A body as templates and mappings read it: as text, and as JSON within bounds."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import orjson

MOST_NESTING = 100
"""Objects and lists inside each other; beyond it a body is no JSON for us."""
MOST_VALUES = 500_000
"""Values of one body: ten megabytes of the shortest would hold a worker for seconds."""


class NotJson(ValueError):
    """The body is not JSON."""


class Payload:
    """A body, parsed when it is first needed. An empty one is an empty object.

    `working` is the template's own copy, which it may change; `pristine` stays as it came.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body

    @cached_property
    def text(self) -> str:
        return self._body.decode("utf-8", "replace")

    @cached_property
    def pristine(self) -> Any:
        """Raises `NotJson`."""
        return parse_json(self._body)

    @cached_property
    def working(self) -> Any:
        """Raises `NotJson`."""
        return parse_json(self._body)

    def document_or_none(self) -> Any:
        """The document; None for what is no JSON."""
        try:
            return self.working
        except NotJson:
            return None


def parse_json(body: bytes) -> Any:
    """The document of a body. Raises `NotJson`."""
    if not body.strip():
        return {}
    if _holds_too_much(body):
        raise NotJson(f"more than {MOST_VALUES} values")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    if _nests_deeply(body):
        raise NotJson(f"nested deeper than {MOST_NESTING} levels")
    return document


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')


def _holds_too_much(body: bytes) -> bool:
    """Commas are counted, and opening brackets: a list in a list needs no comma. First with those
    in texts, which costs next to nothing."""
    return _count(body) > MOST_VALUES and _count(_TEXT.sub(b"", body)) > MOST_VALUES


def _count(body: bytes) -> int:
    return max(body.count(b","), body.count(b"[") + body.count(b"{"))


def _nests_deeply(body: bytes) -> bool:
    """Whether valid JSON nests too deeply, without a look at each of its values in Python.

    What is left of its brackets loses its innermost pairs in each turn.
    """
    if not _has_brackets_left(body):
        return False
    return _has_brackets_left(_TEXT.sub(b"", body))


def _has_brackets_left(body: bytes) -> bool:
    brackets = body.translate(None, delete=_NO_BRACKETS)
    for _ in range(MOST_NESTING):
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return bool(brackets)
