"""The conditions of JSONPath: `?(@.price < 10 && @.name =~ /x.*/)`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from gateway.json_numbers import is_number
from gateway.patterns import InvalidPattern, compile_pattern

MOST_NESTING = 16
MOST_MATCHED = 4_096
"""Characters that a regular expression looks at."""
_SPACE = re.compile(r"[ ]*")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|=~")
_PATH = re.compile(r"@((?:\.[A-Za-z0-9_-]+|\['[^'\]]*'\]|\[-?[0-9]{1,9}\])*)")
_PART = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^'\]]*)'\]|\[(-?[0-9]{1,9})\]")
_TEXT = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_REGULAR = re.compile(r"/((?:[^/\\]|\\.)*)/(i?)")
_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,40})?")
_WORD = re.compile(r"true|false|null")
_MISSING = object()

WORK: ContextVar[Callable[[int], None]] = ContextVar("work")
"""Told what a filter of the path that is being followed costs besides the look at an item; may
raise. Filters are compiled once and used by all."""


class InvalidPath(ValueError):
    """Not a JSONPath, or one too large."""


Operand = Callable[[Any], Any]
Condition = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items a filter lets through."""

    holds: Condition


def parse_filter(text: str, at: int) -> tuple[Filter, int]:
    """A condition in parentheses and where it ends. Raises `InvalidPath`."""
    reader = _Reader(text, at)
    try:
        reader.expect("(")
        condition = reader.any_of(0)
        reader.expect(")")
    except InvalidPattern as error:
        raise InvalidPath(str(error)) from None
    except _Malformed as error:
        raise InvalidPath(f"a malformed filter at {error}") from None
    return Filter(condition), reader.at


class _Malformed(Exception):
    pass


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self.at = _SPACE.match(self._text, self.at).end()  # type: ignore[union-attr]  # matches ""
        found = pattern.match(self._text, self.at)
        self.at = found.end() if found else self.at
        return found

    def takes(self, expected: str) -> bool:
        return self.take(re.compile(re.escape(expected))) is not None

    def expect(self, expected: str) -> None:
        if not self.takes(expected):
            raise _Malformed(self.at)

    def any_of(self, depth: int) -> Condition:
        if depth > MOST_NESTING:
            raise _Malformed(self.at)
        conditions = [self._all_of(depth)]
        while self.takes("||"):
            conditions.append(self._all_of(depth))
        return lambda item: any(condition(item) for condition in conditions)

    def _all_of(self, depth: int) -> Condition:
        conditions = [self._one(depth)]
        while self.takes("&&"):
            conditions.append(self._one(depth))
        return lambda item: all(condition(item) for condition in conditions)

    def _one(self, depth: int) -> Condition:
        if self.takes("!"):
            condition = self._one(depth + 1) if depth < MOST_NESTING else None
            if condition is None:
                raise _Malformed(self.at)
            return lambda item: not condition(item)
        if self.takes("("):
            inner = self.any_of(depth + 1)
            self.expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        left = self._operand()
        sign = self.take(_OPERATOR)
        if sign is None:
            return lambda item: left(item) is not _MISSING
        if sign[0] == "=~":
            return self._regular(left)
        right, compare = self._operand(), _COMPARISONS[sign[0]]
        return lambda item: compare(left(item), right(item))

    def _regular(self, left: Operand) -> Condition:
        found = self.take(_REGULAR)
        if found is None:
            raise _Malformed(self.at)
        pattern = compile_pattern(("(?i)" if found[2] else "") + found[1])

        def matches(item: Any) -> bool:
            value = left(item)
            is_text = isinstance(value, str) and len(value) < MOST_MATCHED
            return is_text and pattern.fullmatch(value, WORK.get())

        return matches

    def _operand(self) -> Operand:
        path = self.take(_PATH)
        if path:
            return _reading(path[1])
        value = self._literal()
        return lambda _item: value

    def _literal(self) -> Any:
        if found := self.take(_TEXT):
            return found[1] if found[1] is not None else found[2]
        if found := self.take(_NUMBER):
            return float(found[0]) if "." in found[0] else int(found[0])
        if found := self.take(_WORD):
            return {"true": True, "false": False, "null": None}[found[0]]
        raise _Malformed(self.at)


def _reading(path: str) -> Operand:
    """The value that a relative path has in an item."""
    keys: list[str | int] = [
        int(found[3]) if found[3] else found[1] or found[2] for found in _PART.finditer(path)
    ]

    def read(item: Any) -> Any:
        for key in keys:
            item = _child(item, key)
        return item

    return read


def _child(item: Any, key: str | int) -> Any:
    if isinstance(key, str):
        return item.get(key, _MISSING) if isinstance(item, dict) else _MISSING
    is_there = isinstance(item, list) and -len(item) <= key < len(item)
    return item[key] if is_there else _MISSING


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers with numbers and texts with texts; anything else is no order."""

    def holds(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return is_number(left) and is_number(right) and compare(left, right)

    return holds


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return left is right
    return bool(left == right)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}
