"""Patch operations: how every Update of a REST API's control plane changes a document.

    PATCHES = Patches(
        Text("/name", most=128),
        Flag("/disableExecuteApiEndpoint"),
        Number("/minimumCompressionSize", 0, 10_485_760, removable=True),
        Entry("/variables/{name}"),
        Item("/binaryMediaTypes/{type}"),
    )
    stage.document = PATCHES.apply(stage.document, request)

A path is a JSON pointer (RFC 6901: `~1` is a slash, `~0` a tilde); `{name}` stands for any one
token. Operations apply in their order and all or none. The documents given are not changed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.control.errors import Invalid

Document = dict[str, Any]
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


class Rule:
    """What may be done under one path. Subclasses say how."""

    ops: tuple[str, ...] = ("replace",)

    def __init__(self, path: str) -> None:
        self.path = path
        self.pattern = parse(path)

    def matches(self, tokens: Tokens) -> bool:
        return len(tokens) == len(self.pattern) and all(
            expected.startswith("{") or expected == token
            for expected, token in zip(self.pattern, tokens, strict=True)
        )

    def apply(self, document: Document, patch: Patch) -> None:
        """Change `document` in place. Raises `Invalid`."""
        raise NotImplementedError


class Member(Rule):
    """A member of a document, whose value `read` makes from the patch's text."""

    def __init__(
        self,
        path: str,
        read: Callable[[Patch], Any],
        *,
        removable: bool = False,
        addable: bool = False,
    ) -> None:
        super().__init__(path)
        self._read = read
        more = ("add",) if addable else ()
        self.ops = ("replace", *more, "remove") if removable else ("replace", *more)

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens)
        if patch.op == "remove":
            holder.pop(patch.last, None)
        else:
            holder[patch.last] = self._read(patch)


def Text(path: str, *, least: int = 0, most: int = 1024, removable: bool = False) -> Member:
    """A member that is text of a length; an empty one is removed where that is allowed."""

    def read(patch: Patch) -> str:
        text = patch.text()
        if not least <= len(text) <= most:
            raise patch.refused(f"it must have from {least} to {most} characters")
        return text

    return Member(path, read, removable=removable)


def Flag(path: str) -> Member:
    """A member that is `true` or `false`."""
    return Member(path, read_flag)


def Number(path: str, least: int, most: int, *, removable: bool = False) -> Member:
    """A member that is a whole number."""

    def read(patch: Patch) -> int:
        return read_number(patch, least, most)

    return Member(path, read, removable=removable)


def Choice(path: str, *values: str, removable: bool = False) -> Member:
    """A member that is one of some words."""

    def read(patch: Patch) -> str:
        if patch.text() not in values:
            raise patch.refused(f"it must be one of {', '.join(values)}")
        return patch.text()

    return Member(path, read, removable=removable)


class Entry(Rule):
    """An entry of a map: `/variables/{name}`."""

    ops = ("add", "replace", "remove")

    def __init__(self, path: str, read: Callable[[Patch], Any] = Patch.text) -> None:
        super().__init__(path)
        self._read = read

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens)
        if patch.op == "remove":
            if patch.last not in holder:
                raise Invalid(f"Invalid patch path {patch.path}: there is nothing to remove")
            del holder[patch.last]
        else:
            holder[patch.last] = self._read(patch)


class Item(Rule):
    """An item of a list, named by the path itself: `/binaryMediaTypes/image~1png`."""

    ops = ("add", "remove")

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens[:-1])
        items = list(holder.get(patch.tokens[-2], []))
        if patch.op == "remove" and patch.last not in items:
            raise Invalid(f"Invalid patch path {patch.path}: there is nothing to remove")
        if patch.op == "remove":
            items.remove(patch.last)
        elif patch.last not in items:
            items.append(patch.last)
        holder[patch.tokens[-2]] = items


class Patches:
    """The rules of one kind of resource."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules

    def apply(self, document: Mapping[str, Any], request: Mapping[str, Any]) -> Document:
        """The document after a request's `patchOperations`. Raises `Invalid`."""
        changed = copy.deepcopy(dict(document))
        for patch in read_patches(request):
            self._rule(patch).apply(changed, patch)
        return changed

    def _rule(self, patch: Patch) -> Rule:
        for rule in self.rules:
            if rule.matches(patch.tokens) and patch.op in rule.ops:
                return rule
        known = [rule.path for rule in self.rules if patch.op in rule.ops]
        if not known:
            raise Invalid(f"Invalid patch operation specified. Must be one of: {self._ops()}")
        raise Invalid(
            f"Invalid patch path  '{patch.path}' specified for op '{patch.op}'. "
            f"Must be one of: [{', '.join(known)}]"
        )

    def _ops(self) -> str:
        return f"[{', '.join(sorted({op for rule in self.rules for op in rule.ops}))}]"


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
    return Patch(op, path, parse(path), operation.get("value"), operation.get("from"))


def parse(path: str) -> Tokens:
    """The decoded tokens of a JSON pointer."""
    return tuple(
        token.replace("~1", "/").replace("~0", "~") for token in path.removeprefix("/").split("/")
    )


def parent_of(document: Document, tokens: Tokens) -> Document:
    """The map that holds the last token, made where it is missing."""
    for token in tokens[:-1]:
        inner = document.get(token)
        if not isinstance(inner, dict):
            inner = document[token] = {}
        document = inner
    return document


def read_flag(patch: Patch) -> bool:
    """`true` or `false`. Raises `Invalid`."""
    text = patch.text().lower()
    if text not in {"true", "false"}:
        raise patch.refused("it must be true or false")
    return text == "true"


def read_number(patch: Patch, least: int, most: int) -> int:
    """A whole number of a range. Raises `Invalid`."""
    text = patch.text()
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise patch.refused("it must be a whole number")
    if not least <= int(text) <= most:
        raise patch.refused(f"it must be from {least} to {most}")
    return int(text)
