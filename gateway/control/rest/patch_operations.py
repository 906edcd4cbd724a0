"""The operations of a patch request: read, decoded, and where in a document they point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.control.documents import Document
from gateway.control.errors import Invalid
from gateway.json_pointers import tokens_of

Tokens = tuple[str, ...]

MOST_OPERATIONS = 200
"""Poolgate's own bound on the operations of one request."""


@dataclass(frozen=True)
class Patch:
    """One operation: `tokens` are the decoded parts of its path."""

    op: str
    path: str
    tokens: Tokens
    value: str | None
    source: str | None = None
    """`from`, of `move` and `copy`."""

    @property
    def last(self) -> str:
        return self.tokens[-1]

    def text(self) -> str:
        """The value, which this operation needs. Raises `Invalid`."""
        if self.value is None:
            raise Invalid(f"Missing value for the patch path {self.path}")
        return self.value

    def refused(self, why: str) -> Invalid:
        """The refusal of the value."""
        return Invalid(f"Invalid patch value specified for path {self.path}: {why}")


def read_patches(request: Mapping[str, Any]) -> list[Patch]:
    """The operations of a request. Raises `Invalid`."""
    operations = request.get("patchOperations") or []
    if len(operations) > MOST_OPERATIONS:
        raise Invalid(f"A request has at most {MOST_OPERATIONS} patch operations")
    return [_read(operation) for operation in operations]


def _read(operation: Mapping[str, Any]) -> Patch:
    op, path = operation.get("op"), operation.get("path")
    if not op or not path or not path.startswith("/"):
        raise Invalid("A patch operation needs an op, and a path that starts with a slash")
    return Patch(op, path, tokens_of(path), operation.get("value"), operation.get("from"))


def parent_of(document: Document, tokens: Tokens) -> Document:
    """The map that holds the last token, made where it is missing."""
    for token in tokens[:-1]:
        inner = document.get(token)
        if not isinstance(inner, dict):
            inner = document[token] = {}
        document = inner
    return document


def nothing_to_remove(patch: Patch) -> Invalid:
    """The refusal of a path that names nothing there is."""
    return Invalid(f"Invalid patch path {patch.path}: there is nothing to remove")


def read_flag(patch: Patch) -> bool:
    """`true` or `false`. Raises `Invalid`."""
    text = patch.text().lower()
    if text not in {"true", "false"}:
        raise patch.refused("it must be true or false")
    return text == "true"


def read_switch(patch: Patch) -> bool:
    """The same, where a missing value is `false`."""
    return patch.value is not None and read_flag(patch)


def read_number(patch: Patch, least: int, most: int) -> int:
    """A whole number of a range. Raises `Invalid`."""
    text = patch.text()
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise patch.refused("it must be a whole number")
    if not least <= int(text) <= most:
        raise patch.refused(f"it must be from {least} to {most}")
    return int(text)


def read_template(patch: Patch) -> str:
    """A mapping template, which may be empty, and whose value then may be missing."""
    return patch.value or ""
