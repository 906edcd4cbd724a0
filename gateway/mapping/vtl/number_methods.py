"""Methods of numbers and flags, as Java's `Integer`, `Double` and `Boolean` have them.

`#set($Integer = 0) $Integer.parseInt("12")` is how templates read a number.
"""

from __future__ import annotations

import re
from typing import Any

from gateway.mapping.vtl.limits import INTEGER, Budget
from gateway.mapping.vtl.operators import are_equal
from gateway.mapping.vtl.signatures import ANYTHING, method
from gateway.mapping.vtl.writing import to_text

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
_NUMBERS = (int, float)


def _whole(_budget: Budget, _value: Any, text: str) -> int | None:
    """None for what is no whole number of 64 bits."""
    found = int(text) if _WHOLE.fullmatch(text) else INTEGER
    return found if abs(found) < INTEGER else None


def _decimal(_budget: Budget, _value: Any, text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text.strip()) else None


def _truncated(_budget: Budget, value: float) -> int | None:
    return int(value) if abs(value) < INTEGER else None


def _value_of(budget: Budget, value: Any, text: str) -> Any:
    read = _decimal if isinstance(value, float) else _whole
    return read(budget, value, text)


def _equals(budget: Budget, value: Any, other: Any) -> bool:
    return type(value) is type(other) and are_equal(value, other, budget)


def _compared(_budget: Budget, value: float, other: float) -> int:
    return (value > other) - (value < other)


NUMBER = {
    "compareTo": method(_compared, _NUMBERS),
    "doubleValue": method(lambda _, value: float(value)),
    "equals": method(_equals, ANYTHING),
    "intValue": method(_truncated),
    "longValue": method(_truncated),
    "parseDouble": method(_decimal, str),
    "parseFloat": method(_decimal, str),
    "parseInt": method(_whole, str),
    "parseLong": method(_whole, str),
    "toString": (
        *method(lambda budget, value: to_text(value, budget)),
        *method(lambda budget, _, value: to_text(value, budget), _NUMBERS),
    ),
    "valueOf": (*method(_value_of, str), *method(lambda _, __, value: value, _NUMBERS)),
}
FLAG = {
    "booleanValue": method(lambda _, value: value),
    "equals": method(_equals, ANYTHING),
    "parseBoolean": method(lambda _, __, text: text.lower() == "true", str),
    "toString": method(lambda budget, value: to_text(value, budget)),
    "valueOf": method(lambda _, __, text: text.lower() == "true", str),
}
