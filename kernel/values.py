"""Values that each request makes by the dozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(kind: type[T]) -> type[T]:
    """A dataclass that the type checker takes for a frozen one, so that nobody changes it.

    A frozen dataclass goes through `object.__setattr__` for each of its fields, which takes three
    times as long; the dozen of a proxied call took a twentieth of its time.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)
