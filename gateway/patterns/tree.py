"""The tree of a pattern."""

from __future__ import annotations

from dataclasses import dataclass

Ranges = tuple[tuple[int, int], ...]
"""Characters by their code points, each range with both its ends."""


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of some ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Anchor:
    """`start`, `end`, `boundary` or `inside` (no boundary)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items one after another; none match the empty text."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch that leads to a match."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` is None without an upper bound."""

    item: Node
    least: int
    most: int | None
    is_greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group; `number` counts from 1."""

    item: Node
    number: int


Node = Characters | Anchor | Sequence | Choice | Repeat | Group
