"""The constraints of the service model, checked on every member, in AWS's own wording.

An input shape is compiled once into a function that answers all its faults. A value that satisfies
its shape costs a few comparisons; text is made only for faults. Where a member is sensitive AWS
leaves its value out: `Value at 'password' failed to satisfy constraint: ...`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kernel.aws.constraints import NULL, Rule, all_wordings, simple_rules, size_rules
from kernel.aws.contract import Member, Shape


class Fault(NamedTuple):
    """One violated constraint: `path` as AWS writes it, the value's text or none if sensitive."""

    path: str
    value: str | None
    constraint: str

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.value} "
        return f"Value {value}at '{self.path}' failed to satisfy constraint: {self.constraint}"


Checker = Callable[[Any, str], Sequence[Fault]]


def checker(shape: Shape | None, root: str = "") -> Callable[[Any], Sequence[Fault]]:
    """Compile the check of an operation's input. Paths begin below `root`."""
    check = _checker(shape, False) if shape else None
    if check is None:
        return lambda _value: ()
    return lambda value: check(value, root)


def describe(faults: Sequence[Fault]) -> str:
    """All faults in AWS's one sentence."""
    noun = "error" if len(faults) == 1 else "errors"
    return f"{len(faults)} validation {noun} detected: " + "; ".join(map(str, faults))


def _checker(shape: Shape, hidden: bool) -> Checker | None:
    """The check of a value of `shape` at a path, or none where nothing can be wrong."""
    hidden = hidden or shape.is_sensitive
    if shape.is_document:
        return None
    match shape.type:
        case "structure":
            return _structure_checker(shape, hidden)
        case "list":
            return _list_checker(shape, hidden)
        case "map":
            return _map_checker(shape, hidden)
    return _scalar_checker(simple_rules(shape), hidden or shape.type == "blob")


def _structure_checker(shape: Shape, hidden: bool) -> Checker | None:
    members = [
        (member.name, _camel(member.name), member.is_required, check, _is_hidden(member, hidden))
        for member in shape.members.values()
        if (check := _checker(member.shape, hidden)) or member.is_required
    ]
    if not members:
        return None

    def check_members(value: Any, path: str) -> Sequence[Fault]:
        prefix = f"{path}." if path else ""
        faults: list[Fault] = []
        for name, camel, is_required, check, is_hidden in members:
            item = value.get(name)
            if item is None:
                if is_required:
                    faults.append(Fault(prefix + camel, None if is_hidden else "null", NULL))
            elif check:
                found = check(item, prefix + camel)
                if found:
                    faults.extend(found)
        return faults

    return check_members


def _is_hidden(member: Member, hidden: bool) -> bool:
    return hidden or member.shape.is_sensitive


def _scalar_checker(rules: list[Rule], hidden: bool) -> Checker | None:
    if not rules:
        return None

    def check(value: Any, path: str) -> Sequence[Fault]:
        if all(holds(value) for holds, _ in rules):
            return ()
        text = None if hidden else _quoted(value)
        return [Fault(path, text, wording) for holds, wording in rules if not holds(value)]

    return check


def _list_checker(shape: Shape, hidden: bool) -> Checker | None:
    own = _scalar_checker(size_rules(shape), hidden or _is_sensitive_inside(shape))
    elements = _elements_checker(shape, hidden)

    def check(value: Any, path: str) -> Sequence[Fault]:
        found = own(value, path) if own else ()
        return [*found, *elements(value, path)]

    return check


def _elements_checker(shape: Shape, hidden: bool) -> Checker:
    """Elements that are structures are named one by one; simple ones as the whole list."""
    element = shape.element
    if element.type in ("structure", "list", "map"):
        return _container_elements_checker(_checker(element, hidden))
    rules = simple_rules(element)
    is_hidden = hidden or _is_sensitive_inside(shape)
    wording = f"Member must satisfy constraint: [{all_wordings(element)}]"

    def check(value: Any, path: str) -> Sequence[Fault]:
        if None in value:
            return [Fault(path, None if is_hidden else _quoted(value), NULL)]
        if all(holds(item) for holds, _ in rules for item in value):
            return ()
        return [Fault(path, None if is_hidden else _quoted(value), wording)]

    return check


def _container_elements_checker(check_element: Checker | None) -> Checker:
    def check(value: Any, path: str) -> Sequence[Fault]:
        faults: list[Fault] = []
        for number, item in enumerate(value, 1):
            if item is None:
                faults.append(Fault(f"{path}.{number}.member", "null", NULL))
            elif check_element:
                faults.extend(check_element(item, f"{path}.{number}.member"))
        return faults

    return check


def _map_checker(shape: Shape, hidden: bool) -> Checker | None:
    is_hidden = hidden or _is_sensitive_inside(shape)
    own = _scalar_checker(size_rules(shape), is_hidden)
    keys = simple_rules(shape.key)
    keys_wording = f"Map keys must satisfy constraint: [{all_wordings(shape.key)}]"
    values = _map_values_checker(shape, hidden)

    def check(value: Any, path: str) -> Sequence[Fault]:
        faults = list(own(value, path)) if own else []
        if not all(holds(key) for holds, _ in keys for key in value):
            faults.append(Fault(path, None if is_hidden else _quoted(value), keys_wording))
        faults.extend(values(value, path))
        return faults

    return check


def _map_values_checker(shape: Shape, hidden: bool) -> Checker:
    if shape.value.type in ("structure", "list", "map"):
        check_value = _checker(shape.value, hidden)

        def check_each(value: Any, path: str) -> Sequence[Fault]:
            if check_value is None:
                return ()
            return [
                f for key, item in value.items() for f in check_value(item, f"{path}.{key}.member")
            ]

        return check_each
    rules = simple_rules(shape.value)
    is_hidden = hidden or _is_sensitive_inside(shape)
    wording = f"Map value must satisfy constraint: [{all_wordings(shape.value)}]"

    def check(value: Any, path: str) -> Sequence[Fault]:
        if all(holds(item) for holds, _ in rules for item in value.values()):
            return ()
        return [Fault(path, None if is_hidden else _quoted(value), wording)]

    return check


def _is_sensitive_inside(shape: Shape) -> bool:
    """Whether the text of a list or map would show a sensitive value."""
    inner = [shape.element] if shape.type == "list" else [shape.key, shape.value]
    return shape.is_sensitive or any(
        each.is_sensitive or each.type in ("structure", "list", "map", "blob") for each in inner
    )


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _quoted(value: Any) -> str:
    return f"'{_text(value)}'"


def _text(value: Any) -> str:
    """A value as Java prints it, which is what AWS echoes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_text(item)}" for key, item in value.items()) + "}"
    return "null" if value is None else str(value)
