"""How values print: as Java's do, and as JSON.

Recorded on AWS: an object prints as `{foo=bar}`, a list as JSON, a missing value as nothing.
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from gateway.mapping.vtl.errors import TemplateLimitExceeded
from gateway.mapping.vtl.limits import VALUE_NESTING, Budget
from gateway.mapping.vtl.values import Entry, MadeList


def to_text(value: Any, budget: Budget) -> str:
    """A value as a reference writes it."""
    text = "".join(_java(value, budget, 0)) if _is_structure(value) else _scalar(value)
    budget.make(len(text))
    return text


def to_json(value: Any, budget: Budget) -> str:
    """A value as compact JSON."""
    text = "".join(_json(value, budget, 0))
    budget.make(len(text))
    return text


def _is_structure(value: Any) -> bool:
    return isinstance(value, (dict, list, Entry))


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return java_double(value)
    return ""


def java_double(number: float) -> str:
    """A number as `Double.toString` writes it: 1.0, 1.0E10, NaN."""
    if math.isnan(number) or math.isinf(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        text = repr(number)
        return text if "e" not in text else f"{number:f}"
    mantissa, _, exponent = f"{number!r}".partition("e")
    if not exponent:
        digits = mantissa.lstrip("-").replace(".", "").strip("0")
        exponent = str(math.floor(math.log10(abs(number))))
        mantissa = ("-" if number < 0 else "") + f"{digits[0]}.{digits[1:] or '0'}"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _java(value: Any, budget: Budget, depth: int) -> list[str]:
    budget.step()
    _check(depth)
    if isinstance(value, MadeList):
        items = ["".join(_inner(item, budget, depth)) for item in value]
        return ["[", ", ".join(items), "]"]
    if isinstance(value, list):
        return _json(value, budget, depth)
    if isinstance(value, Entry):
        return [*_inner(value.key, budget, depth), "=", *_inner(value.value, budget, depth)]
    entries = [
        "".join((str(key), "=", *_inner(item, budget, depth))) for key, item in value.items()
    ]
    return ["{", ", ".join(entries), "}"]


def _inner(value: Any, budget: Budget, depth: int) -> list[str]:
    if _is_structure(value):
        parts = ["".join(_java(value, budget, depth + 1))]
    else:
        parts = ["null" if value is None else _scalar(value)]
    budget.make(len(parts[0]))
    return parts


def _json(value: Any, budget: Budget, depth: int) -> list[str]:
    budget.step()
    _check(depth)
    if isinstance(value, list):
        items = ["".join(_json(item, budget, depth + 1)) for item in value]
        text = f"[{','.join(items)}]"
    elif isinstance(value, dict):
        entries = [
            f"{_quoted(str(key))}:{''.join(_json(item, budget, depth + 1))}"
            for key, item in value.items()
        ]
        text = f"{{{','.join(entries)}}}"
    elif value is None or isinstance(value, (bool, int, float)):
        text = orjson.dumps(value).decode()
    else:
        text = _quoted(_scalar(value))
    budget.make(len(text))
    return [text]


def _quoted(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "replace").decode()).decode()


def _check(depth: int) -> None:
    if depth > VALUE_NESTING:
        raise TemplateLimitExceeded(f"a value nests deeper than {VALUE_NESTING} levels")
