"""Values that satisfy the model's constraints, and values that break one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kernel.aws.constraints import all_wordings, simple_rules, size_rules
from kernel.aws.contract import Member, Operation, Shape

DOCUMENT = '{"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}}'
MEANINGFUL: dict[str, dict[str, Any]] = {
    "ExportApi": {"OutputType": "JSON"},
    "ImportApi": {"Body": DOCUMENT},
    "ImportRestApi": {"body": DOCUMENT.encode()},
    "PutRestApi": {"body": DOCUMENT.encode()},
    "ReimportApi": {"Body": DOCUMENT},
}
"""Members that are more than their shapes say."""
MOST_DEPTH = 6
MOST_LENGTH = 40_000
_NUMBERS = ("integer", "long", "double", "float")


def minimal(operation: Operation, names: dict[str, Any]) -> dict[str, Any]:
    """A request with what is required, of things that exist where `names` knows them."""
    members = operation.input.members.values() if operation.input else ()
    request = {each.name: sample(each.shape) for each in members if is_needed(each)}
    request |= MEANINGFUL.get(operation.name, {})
    return request | {name: each for name, each in names.items() if name in request}


def is_needed(member: Member) -> bool:
    return member.is_required or member.location == "uri"


def sample(shape: Shape) -> Any:
    """A value that satisfies its shape, with what is required only."""
    if enum := shape.model.get("enum"):
        return enum[0]
    match shape.type:
        case "structure":
            return {
                each.name: sample(each.shape) for each in shape.members.values() if each.is_required
            }
        case "list":
            return [sample(shape.element) for _ in range(max(1, shape.model.get("min", 0)))]
        case "map":
            return {"key": sample(shape.value)}
        case "boolean":
            return True
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "blob":
            return b"{}"
        case "string":
            return "a" * max(6, shape.model.get("min", 0))
    return max(1, shape.model.get("min", 1))


class Violation(NamedTuple):
    """A request that breaks one constraint, what AWS calls the place, and the wording."""

    request: dict[str, Any]
    path: str
    wording: str


def violations(operation: Operation) -> Iterator[Violation]:
    """Every constraint of every member of an operation's body, broken alone."""
    if operation.input is None:
        return
    for member in operation.input.members.values():
        if member.location != "uri":
            for value, path, wording in _broken(member.shape, member.name, ()):
                yield Violation({member.name: value}, path, wording)


def _broken(shape: Shape, name: str, above: tuple[str, ...]) -> Iterator[tuple[Any, str, str]]:
    if shape.name in above or len(above) == MOST_DEPTH:
        return
    inside = (*above, shape.name)
    here = name[:1].lower() + name[1:]
    if shape.type == "structure":
        yield from _broken_structure(shape, here, inside)
    elif shape.type == "list":
        yield from ((value, here, wording) for value, wording in _broken_size(shape))
        yield from (
            ([value], path, wording) for value, path, wording in _elements(shape, here, inside)
        )
    elif shape.type != "map":
        yield from ((value, here, wording) for value, wording in _broken_value(shape))


def _elements(shape: Shape, here: str, inside: tuple[str, ...]) -> Iterator[tuple[Any, str, str]]:
    """Broken elements: AWS names those that are structures one by one, others as the whole list."""
    if shape.element.type == "structure":
        for value, path, wording in _broken(shape.element, "", inside):
            yield value, f"{here}.1.member{path}", wording
        return
    for value, _wording in _broken_value(shape.element):
        yield value, here, f"Member must satisfy constraint: [{all_wordings(shape.element)}]"


def _broken_structure(
    shape: Shape, here: str, inside: tuple[str, ...]
) -> Iterator[tuple[Any, str, str]]:
    for member in shape.members.values():
        whole = sample(shape)
        below = member.name[0].lower() + member.name[1:]
        if member.is_required:
            without = {name: each for name, each in whole.items() if name != member.name}
            yield without, f"{here}.{below}", "Member must not be null"
        for value, path, wording in _broken(member.shape, member.name, inside):
            yield {**whole, member.name: value}, f"{here}.{path}", wording


def _broken_size(shape: Shape) -> Iterator[tuple[Any, str]]:
    for holds, wording in size_rules(shape):
        for value in ([], [sample(shape.element)] * 1001):
            if not holds(value):
                yield value, wording


def _broken_value(shape: Shape) -> Iterator[tuple[Any, str]]:
    if shape.type in _NUMBERS:
        candidates: list[Any] = [-(2**31), 2**31 - 1]
    elif shape.type == "string":
        most = shape.model.get("max", 0)
        candidates = ["", "\x7f!", "x" * (most + 1)] if most < MOST_LENGTH else ["", "\x7f!"]
    else:
        return
    for holds, wording in simple_rules(shape):
        broken = next((each for each in candidates if not holds(each)), None)
        if broken is not None:
            yield broken, wording
