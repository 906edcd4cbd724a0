"""The service model's regular expressions, which are Java's, in Python.

Java matches the whole value, and its `\\w`, `\\s` and `\\d` are ASCII. Patterns that name Unicode
categories (`\\p{L}`) need the `regex` package, which is imported when the first of them is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# Some patterns backtrack for long on a value that was made for it: such a value does not match.
TIME_LIMIT = 0.1
# A value beyond this length and beyond its maximum is refused for its length alone.
LONGEST = 4096

_ASCII_CLASSES = {r"\s": r" \t\n\x0b\f\r", r"\w": "a-zA-Z0-9_", r"\d": "0-9"}


def pattern_check(pattern: str, maximum: int | None = None) -> Callable[[str], bool]:
    """A function that says whether a whole value matches; it compiles on first use."""
    longest = max(maximum, LONGEST) if maximum else None

    def check(value: str) -> bool:
        if longest and len(value) > longest:
            return True
        return _compiled(pattern)(value)

    return check


@cache
def _compiled(pattern: str) -> Callable[[str], bool]:
    if r"\p{" not in pattern:
        match = re.compile(pattern, re.ASCII).fullmatch
        return lambda value: match(value) is not None
    return _compiled_with_categories(pattern)


def _compiled_with_categories(pattern: str) -> Callable[[str], bool]:
    import regex  # type: ignore[import-untyped]  # has no stubs; 10 MB, so only when needed

    for java, ascii_only in _ASCII_CLASSES.items():
        pattern = pattern.replace(java, ascii_only)
    match = regex.compile(pattern).fullmatch

    def check(value: str) -> bool:
        try:
            return match(value, timeout=TIME_LIMIT) is not None
        except TimeoutError:
            return False

    return check
