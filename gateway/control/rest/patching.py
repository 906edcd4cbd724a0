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
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from gateway.control.documents import Document
from gateway.control.errors import Invalid, Missing
from gateway.control.rest.patch_operations import (
    Patch,
    Tokens,
    nothing_to_remove,
    parent_of,
    read_flag,
    read_number,
    read_patches,
    read_switch,
    read_template,
)
from gateway.json_pointers import tokens_of

__all__ = [
    "Choice",
    "Document",
    "Entry",
    "Flag",
    "Item",
    "ItemByValue",
    "Member",
    "Number",
    "Patch",
    "Patches",
    "Rule",
    "TersePatches",
    "Text",
    "Tokens",
    "parent_of",
    "read_flag",
    "read_number",
    "read_patches",
    "read_switch",
    "read_template",
]

CHOOSE = "Please choose supported operations"


class Rule(ABC):
    """What may be done under one path. Subclasses say how."""

    ops: tuple[str, ...] = ("replace",)

    def __init__(self, path: str) -> None:
        self.path = path
        self.pattern = tokens_of(path)

    def matches(self, tokens: Tokens) -> bool:
        return len(tokens) == len(self.pattern) and all(
            (token != "" if expected.startswith("{") else expected == token)
            for expected, token in zip(self.pattern, tokens, strict=True)
        )

    @abstractmethod
    def apply(self, document: Document, patch: Patch) -> None:
        """Change `document` in place. Raises `Invalid`."""


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
        self.ops = (*more, "replace", "remove") if removable else (*more, "replace")

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens)
        if patch.op == "remove":
            holder.pop(patch.last, None)
        else:
            holder[patch.last] = self._read(patch)


def Text(
    path: str,
    *,
    least: int = 0,
    most: int = 1024,
    removable: bool = False,
    addable: bool = False,
    optional: bool = False,
) -> Member:
    """A member that is text of a length. A missing value of an `optional` one is empty."""

    def read(patch: Patch) -> str:
        text = patch.value or "" if optional else patch.text()
        if not least <= len(text) <= most:
            raise patch.refused(f"it must have from {least} to {most} characters")
        return text

    return Member(path, read, removable=removable, addable=addable)


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
    """An entry of a map: `/variables/{name}`.

    With `missing`, the text of a refusal, an entry is replaced only where it exists.
    """

    ops = ("add", "replace", "remove")

    def __init__(
        self,
        path: str,
        read: Callable[[Patch], Any] = Patch.text,
        *,
        missing: str | None = None,
    ) -> None:
        super().__init__(path)
        self._read = read
        self._missing = missing

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens)
        if patch.last not in holder and patch.op != "add":
            self._require_optional(patch)
        if patch.op == "remove":
            del holder[patch.last]
        else:
            holder[patch.last] = self._read(patch)

    def _require_optional(self, patch: Patch) -> None:
        if self._missing is not None:
            raise Missing(self._missing)
        if patch.op == "remove":
            raise nothing_to_remove(patch)


class Item(Rule):
    """An item of a list, named by the path itself: `/binaryMediaTypes/image~1png`.

    Where it is `replaceable` a value takes the place of the item that the path names.
    """

    ops: tuple[str, ...] = ("add", "remove")

    def __init__(self, path: str, *, replaceable: bool = False) -> None:
        super().__init__(path)
        if replaceable:
            self.ops = ("add", "replace", "remove")

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens[:-1])
        items = list(holder.get(patch.tokens[-2], []))
        if patch.op != "add" and patch.last not in items:
            raise nothing_to_remove(patch)
        if patch.op != "add":
            items.remove(patch.last)
        added = {"add": patch.last, "replace": patch.value or patch.last, "remove": ""}[patch.op]
        if added and added not in items:
            items.append(added)
        holder[patch.tokens[-2]] = items


class ItemByValue(Rule):
    """A list whose items the values name: `/authorizationScopes`. Without one all are removed."""

    ops = ("add", "remove")

    def apply(self, document: Document, patch: Patch) -> None:
        holder = parent_of(document, patch.tokens)
        items = list(holder.get(patch.last, []))
        if patch.op == "remove" and not patch.value:
            items = []
        elif patch.op == "remove":
            if patch.text() not in items:
                raise nothing_to_remove(patch)
            items.remove(patch.text())
        elif patch.text() not in items:
            items.append(patch.text())
        holder[patch.last] = items


class Patches:
    """The rules of one kind of resource. A refused path is answered with those there are."""

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
        raise self._refused(patch)

    def _refused(self, patch: Patch) -> Invalid:
        return Invalid(
            f"Invalid patch path  '{patch.path}' specified for op '{patch.op}'. "
            f"{self.choice(patch.op)}"
        )

    def choice(self, op: str) -> str:
        """The paths that an operation has, in AWS's words."""
        known = dict.fromkeys(rule.path for rule in self.rules if op in rule.ops)
        return f"Must be one of: [{', '.join(known)}]" if known else CHOOSE


class TersePatches(Patches):
    """Rules whose refusals tell the operations of a known path.

    So AWS answers for APIs, methods, integrations and their responses; that an unknown path is
    answered with those there are is Poolgate's own.
    """

    def _refused(self, patch: Patch) -> Invalid:
        for rule in self.rules:
            if rule.matches(patch.tokens):
                choice = f"[{', '.join(rule.ops)}]"
                return Invalid(f"Invalid patch operation specified. Must be one of: {choice}")
        return Invalid(f"Invalid patch path {patch.path}. {self.choice(patch.op)}")
