"""Route keys, and the tree that finds the most specific route of a path.

"API Gateway selects the route with the most-specific match, using the following priorities: full
match for a route and method; match for a route and method with a greedy path variable; the
$default route" (API Gateway developer guide, "Routing API requests"). Within a full match a
literal segment goes before a variable, and a method before ANY.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from gateway.paths import RefusedPath, Segments, canonical
from kernel.values import value

T = TypeVar("T")

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
REQUEST_METHODS = METHODS - {"ANY"}
"""What a request may use: TRACE and CONNECT, and what no route can name, reach no upstream."""
DEFAULT_KEY = "$default"
_VARIABLE = re.compile(r"\{([A-Za-z0-9._$-]+)(\+?)\}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%-]*|" + _VARIABLE.pattern)


class InvalidRouteKey(ValueError):
    """A route key that is malformed, or that another route has already."""


@dataclass(frozen=True)
class RouteKey:
    """`METHOD /path` in parts. `$default` has no method and no segments."""

    text: str
    method: str = ""
    segments: Segments = ()

    @classmethod
    def parse(cls, text: str) -> RouteKey:
        """Read `GET /pets/{id}`, `ANY /{proxy+}` or `$default`. Raises `InvalidRouteKey`."""
        if text == DEFAULT_KEY:
            return cls(text)
        method, _, path = text.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            raise InvalidRouteKey(f"{text!r} is not a method, a space and a path")
        segments = tuple(path[1:].split("/")) if path != "/" else ()
        _check(text, segments)
        return cls(text, method, segments)

    @property
    def variables(self) -> frozenset[str]:
        """The names of the path's variables."""
        return frozenset(found[1] for found in map(_VARIABLE.fullmatch, self.segments) if found)

    @property
    def is_default(self) -> bool:
        return self.text == DEFAULT_KEY


def _check(text: str, segments: Sequence[str]) -> None:
    names = [found[1] for found in map(_VARIABLE.fullmatch, segments) if found]
    if len(names) != len(set(names)):
        raise InvalidRouteKey(f"{text!r} names a path variable twice")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise InvalidRouteKey(f"{text!r} has a malformed path segment")
    if any(segment.endswith("+}") for segment in segments[:-1]):
        raise InvalidRouteKey(f"{text!r} must end with its greedy path variable")


def _spelled(text: str, segment: str) -> str:
    """A literal as the paths of requests spell it."""
    try:
        return canonical(f"/{segment}")[1:]
    except RefusedPath:
        raise InvalidRouteKey(f"{text!r} has a path segment that no request can have") from None


@value
class Match(Generic[T]):
    """A route, and its path variables with their values as the path spelled them."""

    route: T
    variables: Mapping[str, str]


@dataclass
class _Leaf(Generic[T]):
    route: T
    names: tuple[str, ...]

    @cached_property
    def match(self) -> Match[T]:
        """What every request without path variables finds."""
        return Match(self.route, {})


@dataclass
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=dict)
    variable: _Node[T] | None = None
    here: dict[str, _Leaf[T]] = field(default_factory=dict)
    greedy: dict[str, _Leaf[T]] = field(default_factory=dict)


class RouteTree(Generic[T]):
    """Routes by path segment. Raises `InvalidRouteKey` where two keys match the same requests."""

    def __init__(self, routes: Iterable[tuple[RouteKey, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._default: T | None = None
        for key, route in routes:
            self._add(key, route)

    def find(self, method: str, segments: Segments) -> Match[T] | None:
        """The most specific route of a canonical path."""
        found = _full(self._root, method, segments, 0, ()) or _greedy(
            self._root, method, segments, 0, ()
        )
        if found is None and self._default is not None:
            return Match(self._default, {})
        return found

    def _add(self, key: RouteKey, route: T) -> None:
        if key.is_default:
            if self._default is not None:
                raise InvalidRouteKey("two routes are $default")
            self._default = route
            return
        node, names, leaves = self._root, [], None
        for segment in key.segments:
            variable = _VARIABLE.fullmatch(segment)
            if variable is None:
                node = node.literals.setdefault(_spelled(key.text, segment), _Node())
                continue
            names.append(variable[1])
            if variable[2]:
                leaves = node.greedy
                break
            node.variable = node.variable or _Node()
            node = node.variable
        leaves = node.here if leaves is None else leaves
        if key.method in leaves:
            raise InvalidRouteKey(f"{key.text!r} matches what another route matches")
        leaves[key.method] = _Leaf(route, tuple(names))


def _full(
    node: _Node[T], method: str, segments: Segments, at: int, values: tuple[str, ...]
) -> Match[T] | None:
    if at == len(segments):
        return _of_method(node.here, method, values)
    segment = segments[at]
    literal = node.literals.get(segment)
    found = _full(literal, method, segments, at + 1, values) if literal else None
    if found is None and node.variable is not None and segment:
        found = _full(node.variable, method, segments, at + 1, (*values, segment))
    return found


def _greedy(
    node: _Node[T], method: str, segments: Segments, at: int, values: tuple[str, ...]
) -> Match[T] | None:
    if at == len(segments):
        return None
    segment = segments[at]
    literal = node.literals.get(segment)
    found = _greedy(literal, method, segments, at + 1, values) if literal else None
    if found is None and node.variable is not None and segment:
        found = _greedy(node.variable, method, segments, at + 1, (*values, segment))
    if found is None and node.greedy:
        found = _of_method(node.greedy, method, (*values, "/".join(segments[at:])))
    return found


def _of_method(
    leaves: Mapping[str, _Leaf[T]], method: str, values: tuple[str, ...]
) -> Match[T] | None:
    leaf = leaves.get(method) or leaves.get("ANY")
    if leaf is None:
        return None
    if not values:
        return leaf.match
    return Match(leaf.route, dict(zip(leaf.names, values, strict=True)))
