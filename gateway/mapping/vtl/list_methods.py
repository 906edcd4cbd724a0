"""Methods of lists, as Java's `List` has them."""

from __future__ import annotations

from typing import Any

from gateway.mapping.vtl.limits import Budget
from gateway.mapping.vtl.operators import are_equal
from gateway.mapping.vtl.signatures import ANYTHING, method
from gateway.mapping.vtl.values import MadeList
from gateway.mapping.vtl.writing import to_text

Items = list[Any]


def _get(_budget: Budget, items: Items, at: int) -> Any:
    return items[at] if 0 <= at < len(items) else None


def _set(_budget: Budget, items: Items, at: int, value: Any) -> Any:
    if not 0 <= at < len(items):
        return None
    before, items[at] = items[at], value
    return before


def _add(_budget: Budget, items: Items, value: Any) -> bool:
    items.append(value)
    return True


def _insert(budget: Budget, items: Items, at: int, value: Any) -> None:
    budget.step(1 + len(items) // 64)
    if 0 <= at <= len(items):
        items.insert(at, value)


def _add_all(budget: Budget, items: Items, others: Items) -> bool:
    budget.step(len(others))
    items.extend(others)
    return bool(others)


def _index_of(budget: Budget, items: Items, value: Any) -> int:
    for at, item in enumerate(items):
        budget.step()
        if are_equal(item, value, budget):
            return at
    return -1


def _contains(budget: Budget, items: Items, value: Any) -> bool:
    return _index_of(budget, items, value) >= 0


def _contains_all(budget: Budget, items: Items, values: Items) -> bool:
    return all(_contains(budget, items, value) for value in values)


def _remove_at(budget: Budget, items: Items, at: int) -> Any:
    budget.step(1 + len(items) // 64)
    return items.pop(at) if 0 <= at < len(items) else None


def _remove(budget: Budget, items: Items, value: Any) -> bool:
    at = _index_of(budget, items, value)
    if at >= 0:
        items.pop(at)
    return at >= 0


def _sub_list(budget: Budget, items: Items, first: int, last: int) -> MadeList | None:
    if not 0 <= first <= last <= len(items):
        return None
    budget.step(last - first)
    return MadeList(items[first:last])


def _equals(budget: Budget, items: Items, other: Any) -> bool:
    return isinstance(other, list) and to_text(items, budget) == to_text(other, budget)


LIST = {
    "add": (*method(_add, ANYTHING), *method(_insert, int, ANYTHING)),
    "addAll": method(_add_all, list),
    "clear": method(lambda _, items: items.clear()),
    "contains": method(_contains, ANYTHING),
    "containsAll": method(_contains_all, list),
    "equals": method(_equals, ANYTHING),
    "get": method(_get, int),
    "indexOf": method(_index_of, ANYTHING),
    "isEmpty": method(lambda _, items: not items),
    "remove": (*method(_remove_at, int), *method(_remove, ANYTHING)),
    "set": method(_set, int, ANYTHING),
    "size": method(lambda _, items: len(items)),
    "subList": method(_sub_list, int, int),
    "toString": method(lambda budget, items: to_text(items, budget)),
}
