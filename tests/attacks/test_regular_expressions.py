"""Every regular expression of the product, over texts that are made to be searched for long.

A repetition within an expression is repeated 8 times as often, with what leads to it before and
something unwanted behind. An expression that goes back takes 64 times as long then, or more.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from re import _constants as of  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("poolgate", "kernel", "idp", "gateway")
METHODS = frozenset({"match", "fullmatch", "search", "sub", "split", "findall", "finditer"})
WHOLE = frozenset({"match", "fullmatch"})
CHARACTERS = [chr(code) for code in range(32, 127)] + ["\t", "\n", "é"]
ENDS = ("", "\x00", "!", '"', " ", "\n")
LENGTHS = (20, 250, 2_000, 16_000)
MOST = 24.0
LEAST_SECONDS = 100e-6
REPEATS = {of.MAX_REPEAT, of.MIN_REPEAT, of.POSSESSIVE_REPEAT}
OFTEN = 50
OVER_FILES_OF_OUR_OWN = frozenset({r"/\*.*?\*/"})


class Expression(NamedTuple):
    place: str
    pattern: re.Pattern[Any]
    is_search: bool

    @property
    def run(self) -> Callable[[Any], Any]:
        """With all the matches that a text has, where one is searched for."""
        if not self.is_search:
            return self.pattern.fullmatch
        return lambda text: sum(1 for _ in self.pattern.finditer(text))


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    """`name.method(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            value = node.func.value
            if isinstance(value, ast.Name):
                yield value.id, node.func.attr, node


@cache
def expressions() -> tuple[Expression, ...]:
    """Those with a name, by what is done with the name anywhere, and those without one."""
    trees = dict(modules())
    used: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for name, method, _ in calls(tree):
            used[name].add(method)
    found: list[Expression] = []
    for module, tree in trees.items():
        if "re.compile" not in (text := ast.unparse(tree)) and "re." not in text:
            continue
        names = vars(importlib.import_module(module))
        for name, value in names.items():
            is_search = not METHODS.intersection(used[name]) <= WHOLE
            for pattern, is_part in patterns(value):
                found.append(Expression(f"{module}.{name}", pattern, is_search or is_part))
        for name, method, node in calls(tree):
            if name == "re" and method in METHODS:
                with suppress(ValueError):  # what is put together is not told here
                    pattern = re.compile(ast.literal_eval(node.args[0]))
                    place = f"{module}:{node.lineno}"
                    found.append(Expression(place, pattern, method not in WHOLE))
    return tuple({each.pattern: each for each in found}.values())


def patterns(value: Any) -> Iterator[tuple[re.Pattern[Any], bool]]:
    """With whether it is a part of a table, of which it is not known what is done with it."""
    if isinstance(value, re.Pattern):
        yield value, False
    elif isinstance(value, dict | tuple):
        parts = value.values() if isinstance(value, dict) else value
        yield from ((pattern, True) for part in parts for pattern, _ in patterns(part))


def of_class(members: Any) -> list[str]:
    """Three characters of a class."""
    inner = "".join(_written(op, argument) for op, argument in members)
    fitting = [c for c in CHARACTERS if re.fullmatch(f"[{inner}]", c)]
    return fitting[:1] + fitting[len(fitting) // 2 :][:1] + fitting[-1:]


def _written(op: Any, argument: Any) -> str:
    if op is of.NEGATE:
        return "^"
    if op is of.LITERAL:
        return re.escape(chr(argument))
    if op is of.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    kind = str(argument).rpartition("_")[2]
    letter = {"SPACE": "s", "WORD": "w", "DIGIT": "d"}[kind]
    return "\\" + (letter.upper() if "NOT" in str(argument) else letter)


def samples(nodes: Iterable[Any]) -> list[str]:
    """Some texts that a part of an expression matches."""
    texts = [""]
    for op, argument in nodes:
        texts = [text + more for text in texts for more in _samples(op, argument)][:6]
    return texts


def _samples(op: Any, argument: Any) -> list[str]:
    if op is of.LITERAL:
        return [chr(argument)]
    if op is of.IN:
        return of_class(argument)
    if op in (of.ANY, of.NOT_LITERAL):
        return ["a", " "]
    if op is of.BRANCH:
        return [text for branch in argument[1] for text in samples(branch)[:2]][:8]
    if op is of.SUBPATTERN:
        return samples(argument[3])
    if op in REPEATS:
        least, _, body = argument
        return [text * max(least, 1) for text in samples(body)[:3]]
    return [""]


def repetitions(nodes: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """What can be repeated, and what leads to it."""
    for op, argument in nodes:
        inner: list[Any] = []
        if op in REPEATS:
            inner = [argument[2]]
            if argument[1] is of.MAXREPEAT or argument[1] >= OFTEN:
                yield from ((before, text) for text in samples(argument[2])[:4] if text)
        elif op is of.SUBPATTERN:
            inner = [argument[3]]
        elif op is of.BRANCH:
            inner = argument[1]
        elif op in (of.ASSERT, of.ASSERT_NOT):
            inner = [argument[1]]
        for part in inner:
            yield from repetitions(part, before)
        before += next((text for text in _samples(op, argument) if text), "")


def attacks(expression: Expression) -> set[tuple[str, str]]:
    tree = parser.parse(expression.pattern.pattern, expression.pattern.flags & ~re.DEBUG)
    found = list(repetitions(tree))
    pieces = [piece for _, piece in found]
    mixed = {(before, one + two) for before, one in found[:8] for two in pieces[:8]}
    whole = {("", before + piece) for before, piece in found}
    return {*found, *mixed, *whole, *(("", text) for text in samples(tree)[:3] if text)}


def grows(expression: Expression, before: str, piece: str, end: str) -> bool:
    shorter = LEAST_SECONDS
    for length in LENGTHS:
        text: Any = before + piece * (length // len(piece)) + end
        if isinstance(expression.pattern.pattern, bytes):
            text = text.encode("latin-1", "replace")
        # What is slow by chance is not so three times.
        now = seconds(expression, text)
        if now > MOST * shorter:
            now = min(now, seconds(expression, text), seconds(expression, text))
        if now > MOST * shorter:
            return True
        shorter = max(now, LEAST_SECONDS)
    return False


def seconds(expression: Expression, text: Any) -> float:
    began = time.thread_time()
    expression.run(text)
    return time.thread_time() - began


@pytest.mark.parametrize("package", PACKAGES)
def test_every_expression_takes_as_long_as_its_text(package: str) -> None:
    slow = {
        f"{expression.place}: {expression.pattern.pattern!r} of {(before, piece, end)}"
        for expression in expressions()
        if expression.place.startswith(f"{package}.")
        and expression.pattern.pattern not in OVER_FILES_OF_OUR_OWN
        for before, piece in sorted(attacks(expression))
        for end in ENDS
        if grows(expression, before, piece, end)
    }
    assert slow == set()


@pytest.mark.parametrize(
    ("pattern", "is_search"),
    [
        (r"\s*([^{}]+?)\s*\{([^{}]*)\}\s*", False),
        (r"url\((?!\s*['\"]?\s*#)", True),
        (r"<[^>]*>", True),
        (r"eyJ[\w-]{4,}(?:\.[\w-]*){1,4}", True),
        (r"/\*.*?\*/", True),
        (r"[\S]+.*[\S]+$", False),
    ],
)
def test_expressions_that_go_back_are_found(pattern: str, is_search: bool) -> None:
    bad = Expression("here", re.compile(pattern), is_search)
    assert any(grows(bad, *attack, end) for attack in sorted(attacks(bad)) for end in ENDS)


def test_most_expressions_are_looked_at() -> None:
    assert len(expressions()) > 90
