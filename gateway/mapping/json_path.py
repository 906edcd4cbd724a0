"""JSONPath as Jayway's library reads it, which API Gateway uses.

    $.a.b[0]   $['a'].*   $..x   $.a[1:3]   $.a[0,2]   $.a[?(@.b > 1)]   $.a.length()

A definite path, of names and single indices alone, gives the value there; any other gives the list
of all that it finds. A trailing function (`length()`, `keys()`, `min()`, ...) works on that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.json_numbers import is_number
from gateway.mapping.json_path_filters import WORK, Filter, InvalidPath, parse_filter

__all__ = ["MISSING", "InvalidPath", "TooManyNodes", "find", "parse_path"]

MISSING = object()
"""What a definite path gives where nothing is; JSON's null is None."""
MOST_CHARACTERS = 1_024
MOST_SEGMENTS = 64
MOST_NODES = 50_000
MOST_WORK = 1_000_000
"""Nodes and steps of regular expressions, where a caller sets no bound."""
_NAME = re.compile(r"[^.\[\]()'\"\s,]+")
_QUOTED = re.compile(r"""[ ]*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")[ ]*""")
_INDEX = re.compile(r"[ ]*(-?[0-9]{1,9})[ ]*")
_SLICE = re.compile(r"[ ]*+(-?[0-9]{1,9})?+[ ]*+:[ ]*+(-?[0-9]{1,9})?+[ ]*+")
_FUNCTION = re.compile(r"\.(length|size|keys|min|max|avg|sum)\(\)$")


class TooManyNodes(ValueError):
    """The path finds more than one evaluation may."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One step. `deep` also looks below; `selectors` are names, indices, slices, filters or `*`."""

    selectors: tuple[str | int | slice | Filter | None, ...]
    deep: bool = False

    @property
    def is_definite(self) -> bool:
        is_one = len(self.selectors) == 1 and isinstance(self.selectors[0], (str, int))
        return is_one and not self.deep


@dataclass(frozen=True, slots=True)
class Path:
    segments: tuple[Segment, ...]
    function: str = ""

    @property
    def is_definite(self) -> bool:
        return all(segment.is_definite for segment in self.segments)


@lru_cache(maxsize=1024)
def parse_path(text: str) -> Path:
    """The path of a text; the leading `$` may be left out. Raises `InvalidPath`."""
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        raise InvalidPath("the path is too long")
    if not text.startswith("$"):
        text = f"${text}" if text.startswith("[") else f"$.{text}"
    found = _FUNCTION.search(text)
    function = found[1] if found else ""
    return Path(_segments(text[1 : found.start() if found else None]), function)


def _bounded() -> Callable[[int], None]:
    """The budget of a caller that has none of its own."""
    left = MOST_WORK

    def work(nodes: int) -> None:
        nonlocal left
        left -= nodes
        if left < 0:
            raise TooManyNodes(f"the path takes more than {MOST_WORK} steps")

    return work


def find(document: Any, text: str, work: Callable[[int], None] | None = None) -> Any:
    """What a path leads to. `work` is told how many nodes were looked at, and steps of regular
    expressions made, and may raise.

    Raises `InvalidPath` and `TooManyNodes`.
    """
    path, work = parse_path(text), work or _bounded()
    nodes = [document]
    mine = WORK.set(work)
    try:
        for segment in path.segments:
            nodes = _step(nodes, segment, work)
    finally:
        WORK.reset(mine)
    found = (nodes[0] if nodes else MISSING) if path.is_definite else nodes
    return _apply(path.function, found) if path.function else found


def _segments(text: str) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    at = 0
    while at < len(text):
        if len(segments) >= MOST_SEGMENTS:
            raise InvalidPath("the path has too many parts")
        deep = text.startswith("..", at)
        at += 2 if deep else 1 if text[at] == "." else 0
        if text.startswith("[", at):
            selectors, at = _bracket(text, at + 1)
        else:
            name = _NAME.match(text, at)
            if name is None or text[at - 1 : at] != ".":
                raise InvalidPath(f"a malformed part at {at}")
            selectors, at = (None if name[0] == "*" else name[0],), name.end()
        segments.append(Segment(selectors, deep))
    return tuple(segments)


def _bracket(text: str, at: int) -> tuple[tuple[str | int | slice | Filter | None, ...], int]:
    if text.startswith("?", at):
        condition, at = parse_filter(text, at + 1)
        return (condition,), _closed(text, at)
    selectors: list[str | int | slice | Filter | None] = []
    while True:
        selector, at = _selector(text, at)
        selectors.append(selector)
        if not text.startswith(",", at):
            return tuple(selectors), _closed(text, at)
        at += 1


def _selector(text: str, at: int) -> tuple[str | int | slice | None, int]:
    if text.startswith("*", at):
        return None, at + 1
    quoted = _QUOTED.match(text, at)
    if quoted:
        name = quoted[1] if quoted[1] is not None else quoted[2]
        return re.sub(r"\\(.)", r"\1", name), quoted.end()
    sliced = _SLICE.match(text, at)
    if sliced:
        return slice(*(int(each) if each else None for each in sliced.groups())), sliced.end()
    index = _INDEX.match(text, at)
    if index is None:
        raise InvalidPath(f"a malformed selector at {at}")
    return int(index[1]), index.end()


def _closed(text: str, at: int) -> int:
    if not text.startswith("]", at):
        raise InvalidPath("] is missing")
    return at + 1


def _step(nodes: list[Any], segment: Segment, work: Callable[[int], None]) -> list[Any]:
    found: list[Any] = []
    for node in nodes:
        places = _below(node) if segment.deep else [node]
        for place in places:
            work(1 + (len(place) if isinstance(place, (dict, list)) else 0))
            for selector in segment.selectors:
                found += _select(place, selector)
                if len(found) > MOST_NODES:
                    raise TooManyNodes(f"the path finds more than {MOST_NODES} values")
    return found


def _below(node: Any) -> list[Any]:
    """A value and all that are in it, in document order."""
    found, pending = [], [node]
    while pending:
        place = pending.pop()
        found.append(place)
        if len(found) > MOST_NODES:
            raise TooManyNodes(f"the path looks at more than {MOST_NODES} values")
        if isinstance(place, dict):
            pending += reversed(place.values())
        elif isinstance(place, list):
            pending += reversed(place)
    return found


def _select(node: Any, selector: str | int | slice | Filter | None) -> list[Any]:
    if isinstance(selector, str):
        return [node[selector]] if isinstance(node, dict) and selector in node else []
    if isinstance(node, dict):
        children = list(node.values())
        if selector is None:
            return children
        # A filter on an object asks the object itself.
        return [node] if isinstance(selector, Filter) and selector.holds(node) else []
    if not isinstance(node, list):
        return []
    if isinstance(selector, int):
        return [node[selector]] if -len(node) <= selector < len(node) else []
    if isinstance(selector, slice):
        return node[selector]
    return node if selector is None else [item for item in node if selector.holds(item)]


def _apply(function: str, found: Any) -> Any:
    if function in {"length", "size"}:
        return len(found) if isinstance(found, (list, dict, str)) else MISSING
    if function == "keys":
        return list(found) if isinstance(found, dict) else MISSING
    numbers = [each for each in found if is_number(each)] if isinstance(found, list) else []
    if not numbers:
        return MISSING
    total = sum(numbers)
    results = {"min": min(numbers), "max": max(numbers), "sum": total, "avg": total / len(numbers)}
    return results[function]
