"""A compiled template: an immutable tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """Written as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Property:
    """`.name`"""

    name: str


@dataclass(frozen=True, slots=True)
class MethodCall:
    """`.name(arguments)`"""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[expression]`"""

    key: Expression


@dataclass(frozen=True, slots=True)
class Reference:
    """`$root.name.call(1)[0]`. `source` is how it was written."""

    root: str
    parts: tuple[Property | MethodCall | Index, ...]
    is_quiet: bool
    source: str


@dataclass(frozen=True, slots=True)
class Escaped:
    """A reference behind backslashes."""

    reference: Reference
    backslashes: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a flag, or text without interpolation."""

    value: Any


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A double-quoted string."""

    block: Block


@dataclass(frozen=True, slots=True)
class ListLiteral:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`[first..last]`, both included, downwards too."""

    first: Expression
    last: Expression


@dataclass(frozen=True, slots=True)
class MapLiteral:
    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Operations:
    """Operators of one precedence, from left to right: a flat list, however long."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


Expression = (
    Reference | Literal | Interpolated | ListLiteral | Range | MapLiteral | Not | Operations
)


@dataclass(frozen=True, slots=True)
class Set:
    target: Reference
    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    """The first branch whose condition holds; the last one's may be None, which always does."""

    branches: tuple[tuple[Expression | None, Block], ...]


@dataclass(frozen=True, slots=True)
class Foreach:
    variable: str
    source: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Break:
    """Leave the innermost loop."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the template."""


@dataclass(frozen=True, slots=True)
class Macro:
    name: str
    parameters: tuple[str, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class MacroCall:
    name: str
    arguments: tuple[Expression, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Define:
    """`#define($name) ... #end`: rendered where it is referred to."""

    name: str
    body: Block


Node = Text | Reference | Escaped | Set | If | Foreach | Break | Stop | Macro | MacroCall | Define
Block = tuple[Node, ...]
