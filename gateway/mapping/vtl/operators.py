"""Operators on values, as Velocity 1.7 has them. What they cannot do gives None."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gateway.json_numbers import is_number
from gateway.mapping.vtl.errors import TemplateLimitExceeded
from gateway.mapping.vtl.limits import INTEGER, Budget
from gateway.mapping.vtl.writing import to_text

Number = int | float


def is_true(value: Any) -> bool:
    """Whatever is there is true, an empty text too; only false and a missing value are not."""
    return value is not None and value is not False


def are_equal(left: Any, right: Any, budget: Budget) -> bool:
    """Numbers by value, others of one kind as they are, and those of two kinds as text."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, str) and isinstance(right, str):
        budget.work(min(len(left), len(right)))
        return left == right
    return to_text(left, budget) == to_text(right, budget)


def compare(sign: str, left: Any, right: Any) -> bool:
    """Numbers alone can be compared; of anything else it is false."""
    if not is_number(left) or not is_number(right):
        return False
    return bool(_COMPARISONS[sign](left, right))


def calculate(sign: str, left: Any, right: Any, budget: Budget) -> Any:
    """A number, a text where `+` has one, or None."""
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        if left is None or right is None:
            return None
        return to_text(left, budget) + to_text(right, budget)
    if not is_number(left) or not is_number(right):
        return None
    try:
        found = _ARITHMETIC[sign](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    if isinstance(found, int) and abs(found) >= INTEGER:
        raise TemplateLimitExceeded("a number has more than 64 bits")
    return found


def _divide(left: Number, right: Number) -> Number:
    """Whole numbers give a whole number, rounded towards zero."""
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: Number, right: Number) -> Number:
    """With the sign of the left number."""
    if isinstance(left, int) and isinstance(right, int):
        return left - right * int(_divide(left, right))
    return math.fmod(left, right)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}
