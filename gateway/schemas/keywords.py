"""The keywords of draft 4 that look at one value by itself (JSON Schema Validation, draft 4 §5)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any

import orjson

from gateway.json_numbers import is_number
from gateway.patterns import InvalidPattern, Pattern, compile_pattern

Work = Callable[[int], None]
Test = Callable[[Any, Work], str | None]
"""Answers with why a value does not fit, or None."""


class InvalidSchema(ValueError):
    """Not a schema of draft 4, or one too large."""


def tests(schema: Mapping[str, Any]) -> Iterator[Test]:
    """The tests of a schema's keywords. Raises `InvalidSchema`; unknown keywords mean nothing."""
    for keyword, reader in _READERS.items():
        if keyword in schema:
            yield reader(schema, schema[keyword])


def pattern_of(text: Any) -> Pattern:
    """Raises `InvalidSchema`."""
    try:
        return compile_pattern(text if isinstance(text, str) else "(")
    except InvalidPattern as error:
        raise InvalidSchema(f"the pattern {str(text)[:100]!r}: {error}") from None


def canonical_json(value: Any) -> bytes:
    """Equal documents give equal bytes; 1 and 1.0 are equal, 1 and true are not."""
    return orjson.dumps(_normal(value), option=orjson.OPT_SORT_KEYS)


def _normal(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_normal(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _normal(each) for name, each in value.items()}
    return value


_TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    # Draft 4 has 1.0 for no integer; every library in use, AWS's too, takes it for one.
    "integer": lambda value: is_number(value) and float(value).is_integer(),
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _type(_schema: Mapping[str, Any], found: Any) -> Test:
    names = found if isinstance(found, list) else [found]
    if not names or any(not isinstance(name, str) or name not in _TYPES for name in names):
        raise InvalidSchema("an unknown type")
    are = [_TYPES[name] for name in names]
    text = f"it is not {' or '.join(names)}"
    return lambda value, _: None if any(each(value) for each in are) else text


def _enum(_schema: Mapping[str, Any], found: Any) -> Test:
    if not isinstance(found, list) or not found:
        raise InvalidSchema("enum must be a list")
    values = {canonical_json(each) for each in found}

    def test(value: Any, work: Work) -> str | None:
        written = canonical_json(value)
        work(len(written) // 64)
        return None if written in values else "it is none of the values"

    return test


def _number(found: Any) -> float:
    if not is_number(found):
        raise InvalidSchema("a number is missing")
    return float(found) if isinstance(found, float) else found


def _count(found: Any) -> int:
    if not is_number(found) or not float(found).is_integer() or found < 0:
        raise InvalidSchema("a count is missing")
    return int(found)


def _bound(keyword: str) -> Callable[[Mapping[str, Any], Any], Test]:
    def read(schema: Mapping[str, Any], found: Any) -> Test:
        bound = _number(found)
        is_minimum = keyword == "minimum"
        excludes = schema.get("exclusiveMinimum" if is_minimum else "exclusiveMaximum") is True

        def test(value: Any, _work: Work) -> str | None:
            if not is_number(value):
                return None
            beyond = value < bound if is_minimum else value > bound
            fits = not beyond and not (excludes and value == bound)
            return None if fits else f"it is beyond the {keyword}"

        return test

    return read


def _multiple(_schema: Mapping[str, Any], found: Any) -> Test:
    step = _number(found)
    if step <= 0:
        raise InvalidSchema("multipleOf must be positive")

    def test(value: Any, _work: Work) -> str | None:
        if not is_number(value):
            return None
        if isinstance(value, int) and isinstance(step, int):
            return None if value % step == 0 else f"it is no multiple of {step}"
        quotient = value / step
        is_whole = math.isfinite(quotient) and abs(quotient - round(quotient)) < 1e-9
        return None if is_whole else f"it is no multiple of {step}"

    return test


def _size(kind: type[Sized], is_least: bool, noun: str) -> Callable[[Mapping[str, Any], Any], Test]:
    def read(_schema: Mapping[str, Any], found: Any) -> Test:
        bound = _count(found)

        def test(value: Any, _work: Work) -> str | None:
            if not isinstance(value, kind):
                return None
            fits = len(value) >= bound if is_least else len(value) <= bound
            return None if fits else f"it has {len(value)} {noun}"

        return test

    return read


def _pattern(_schema: Mapping[str, Any], found: Any) -> Test:
    pattern = pattern_of(found)

    def test(value: Any, work: Work) -> str | None:
        fits = not isinstance(value, str) or pattern.search(
            value, lambda count: work(1 + count // 4)
        )
        return None if fits else "it does not match the pattern"

    return test


def _unique(_schema: Mapping[str, Any], found: Any) -> Test:
    def test(value: Any, work: Work) -> str | None:
        if found is not True or not isinstance(value, list):
            return None
        work(len(value))
        written = {canonical_json(each) for each in value}
        work(sum(map(len, written)) // 64)
        return None if len(written) == len(value) else "its items are not unique"

    return test


def _required(_schema: Mapping[str, Any], found: Any) -> Test:
    # Draft 3 wrote `required: true` into a property; it means nothing here.
    names = found if isinstance(found, list) else []
    if any(not isinstance(name, str) for name in names):
        raise InvalidSchema("required must be a list of names")

    def test(value: Any, _work: Work) -> str | None:
        missing = [name for name in names if isinstance(value, dict) and name not in value]
        return f"it has no {missing[0][:100]}" if missing else None

    return test


_READERS: dict[str, Callable[[Mapping[str, Any], Any], Test]] = {
    "type": _type,
    "enum": _enum,
    "minimum": _bound("minimum"),
    "maximum": _bound("maximum"),
    "multipleOf": _multiple,
    "minLength": _size(str, True, "characters"),
    "maxLength": _size(str, False, "characters"),
    "minItems": _size(list, True, "items"),
    "maxItems": _size(list, False, "items"),
    "minProperties": _size(dict, True, "properties"),
    "maxProperties": _size(dict, False, "properties"),
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
}
