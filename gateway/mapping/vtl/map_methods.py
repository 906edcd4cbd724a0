"""Methods of maps and their entries, as Java's `Map` has them. Keys are text."""

from __future__ import annotations

from typing import Any

from gateway.mapping.vtl.limits import CHARACTERS_PER_STEP, Budget
from gateway.mapping.vtl.operators import are_equal
from gateway.mapping.vtl.signatures import ANYTHING, method
from gateway.mapping.vtl.values import Entry, FoldedMap, MadeList
from gateway.mapping.vtl.writing import to_text

Map = dict[str, Any]


def key_of(entries: Map, key: Any, budget: Budget) -> str:
    """The key under which a map keeps a value; headers are found without case."""
    text = key if isinstance(key, str) else to_text(key, budget)
    budget.step(len(text) // CHARACTERS_PER_STEP)  # it is compared with the key that is there
    return entries.spelled(text) if isinstance(entries, FoldedMap) else text


def get(budget: Budget, entries: Map, key: Any) -> Any:
    """What the key has; None without it."""
    return entries.get(key_of(entries, key, budget))


def put(budget: Budget, entries: Map, key: Any, value: Any) -> Any:
    """What the key had before."""
    known = key_of(entries, key, budget)
    before = entries.get(known)
    entries[known] = value
    return before


def _get_or(budget: Budget, entries: Map, key: Any, default: Any) -> Any:
    return entries.get(key_of(entries, key, budget), default)


def _put_if_absent(budget: Budget, entries: Map, key: Any, value: Any) -> Any:
    before = get(budget, entries, key)
    return put(budget, entries, key, value) if before is None else before


def _put_all(budget: Budget, entries: Map, others: Map) -> None:
    budget.step(len(others))
    entries.update(others)


def _contains_value(budget: Budget, entries: Map, value: Any) -> bool:
    budget.step(len(entries))
    return any(are_equal(each, value, budget) for each in entries.values())


def _keys(budget: Budget, entries: Map) -> MadeList:
    budget.step(len(entries))
    return MadeList(entries)


def _values(budget: Budget, entries: Map) -> MadeList:
    budget.step(len(entries))
    return MadeList(entries.values())


def _entries(budget: Budget, entries: Map) -> MadeList:
    budget.step(len(entries))
    return MadeList(Entry(key, value) for key, value in entries.items())


def _equals(budget: Budget, entries: Map, other: Any) -> bool:
    return isinstance(other, dict) and to_text(entries, budget) == to_text(other, budget)


MAP = {
    "clear": method(lambda _, entries: entries.clear()),
    "containsKey": method(lambda budget, own, key: key_of(own, key, budget) in own, ANYTHING),
    "containsValue": method(_contains_value, ANYTHING),
    "entrySet": method(_entries),
    "equals": method(_equals, ANYTHING),
    "get": method(get, ANYTHING),
    "getOrDefault": method(_get_or, ANYTHING, ANYTHING),
    "isEmpty": method(lambda _, entries: not entries),
    "keySet": method(_keys),
    "put": method(put, ANYTHING, ANYTHING),
    "putAll": method(_put_all, dict),
    "putIfAbsent": method(_put_if_absent, ANYTHING, ANYTHING),
    "remove": method(lambda budget, own, key: own.pop(key_of(own, key, budget), None), ANYTHING),
    "size": method(lambda _, entries: len(entries)),
    "toString": method(lambda budget, entries: to_text(entries, budget)),
    "values": method(_values),
}
ENTRY = {
    "getKey": method(lambda _, entry: entry.key),
    "getValue": method(lambda _, entry: entry.value),
    "toString": method(lambda budget, entry: to_text(entry, budget)),
}
