"""The allow-list: which methods may be called on which kind of value, and with what.

A method that is not here, or not with such arguments, does not exist: the call has no value. Nor
has one that Java would answer with an exception, such as an index out of range: a client's input
must not turn a request into an internal error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.vtl.limits import Budget
from gateway.mapping.vtl.list_methods import LIST
from gateway.mapping.vtl.map_methods import ENTRY, MAP
from gateway.mapping.vtl.number_methods import FLAG, NUMBER
from gateway.mapping.vtl.signatures import Overloads
from gateway.mapping.vtl.text_methods import TEXT
from gateway.mapping.vtl.values import Entry, Namespace


def call(value: Any, name: str, arguments: list[Any], budget: Budget) -> Any:
    """What a method answers; None where the value has no such method."""
    if isinstance(value, Namespace):
        function = value.functions.get(name)
        return None if function is None else function(budget, *arguments)
    for overload in _methods_of(value).get(name, ()):
        if overload.takes(arguments):
            return overload.function(budget, value, *arguments)
    return None


_BY_KIND: tuple[tuple[type | tuple[type, ...], Mapping[str, Overloads]], ...] = (
    (str, TEXT),
    (bool, FLAG),
    ((int, float), NUMBER),
    (list, LIST),
    (dict, MAP),
    (Entry, ENTRY),
)


def _methods_of(value: Any) -> Mapping[str, Overloads]:
    return next((methods for kind, methods in _BY_KIND if isinstance(value, kind)), {})
