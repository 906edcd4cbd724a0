"""What a template's variables hold: JSON values, and the few kinds below.

Lists out of JSON are plain lists; those that a template makes are `MadeList`s, which print as
Java's do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.mapping.vtl.tree import Block


class MadeList(list[Any]):
    """A list that the template made, or that a method answered with. Prints as `[a, b]`."""


class FoldedMap(dict[str, Any]):
    """Headers by name: looked up without case."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self._names = {name.lower(): name for name in entries}

    def spelled(self, name: str) -> str:
        """The name as it is kept."""
        return self._names.get(name.lower(), name)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a map, out of `entrySet()`."""

    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Definition:
    """What `#define` made: rendered each time it is referred to."""

    body: Block


@dataclass(frozen=True, slots=True)
class Namespace:
    """`$input` and `$util`: properties, and functions of the budget and arguments."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
