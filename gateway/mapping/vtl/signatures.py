"""What a method takes: overloads by number and kind of arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ANYTHING = object
"""Any value, a missing one too."""
Kind = type | tuple[type, ...]


@dataclass(frozen=True, slots=True)
class Overload:
    """`function` is called with the budget, the value and the arguments."""

    function: Callable[..., Any]
    kinds: tuple[Kind, ...]

    def takes(self, arguments: list[Any]) -> bool:
        return len(arguments) == len(self.kinds) and all(
            isinstance(argument, kind) and (kind is not int or not isinstance(argument, bool))
            for argument, kind in zip(arguments, self.kinds, strict=True)
        )


Overloads = tuple[Overload, ...]


def method(function: Callable[..., Any], *kinds: Kind) -> Overloads:
    """A method with one form."""
    return (Overload(function, kinds),)
