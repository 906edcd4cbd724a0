"""The constraints of a simple shape: what a value must satisfy, and how AWS says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernel.aws.contract import Shape
from kernel.aws.patterns import pattern_check

Rule = tuple[Callable[[Any], bool], str]
"""A test of a value, and the wording of its violation."""

NULL = "Member must not be null"

BROADER_THAN_THEIR_PATTERN = frozenset({"DomainType"})
"""Shapes whose documentation contradicts their pattern: "the name of your custom domain, such as
auth.example.com" (CreateUserPoolDomain) has dots, which DomainType's pattern forbids."""

LONGER_BY_A_SETTING = frozenset({"IntegerWithLengthBetween50And30000"})
"""Shapes whose largest value an operator may raise; their handlers compare it."""

_NUMBERS = ("integer", "long", "float", "double")


def simple_rules(shape: Shape) -> list[Rule]:
    """A simple shape's constraints, in the order in which AWS reports them."""
    found = _value_rules(shape) if shape.type in _NUMBERS else size_rules(shape)
    if enum := shape.model.get("enum"):
        allowed = frozenset(enum)
        found.append(
            (allowed.__contains__, f"Member must satisfy enum value set: [{', '.join(enum)}]")
        )
    pattern = shape.model.get("pattern")
    if pattern and shape.name not in BROADER_THAN_THEIR_PATTERN:
        wording = f"Member must satisfy regular expression pattern: {pattern}"
        found.append((pattern_check(pattern, shape.model.get("max")), wording))
    return found


def size_rules(shape: Shape) -> list[Rule]:
    """Length of text and bytes, number of a list's or map's elements."""
    rules: list[Rule] = []
    least, most = shape.model.get("min"), shape.model.get("max")
    if shape.type in ("boolean", "timestamp"):
        return rules
    if most is not None:
        wording = f"Member must have length less than or equal to {most}"
        rules.append((lambda value: len(value) <= most, wording))
    if least:
        wording = f"Member must have length greater than or equal to {least}"
        rules.append((lambda value: len(value) >= least, wording))
    return rules


def _value_rules(shape: Shape) -> list[Rule]:
    rules: list[Rule] = []
    least, most = shape.model.get("min"), shape.model.get("max")
    if most is not None and shape.name not in LONGER_BY_A_SETTING:
        wording = f"Member must have value less than or equal to {most}"
        rules.append((lambda value: value <= most, wording))
    if least is not None:
        wording = f"Member must have value greater than or equal to {least}"
        rules.append((lambda value: value >= least, wording))
    return rules


def all_wordings(shape: Shape) -> str:
    """For elements AWS lists every constraint of their shape, violated or not."""
    return ", ".join(wording for _, wording in simple_rules(shape))
