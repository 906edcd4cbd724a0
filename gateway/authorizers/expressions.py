"""Validation expressions: the operator's pattern over what a caller sends.

They are matched in linear time: a backtracking engine could be held up by a text made for a
pattern, and a pattern with counts inside of counts by being compiled.
"""

from __future__ import annotations

from gateway.patterns import InvalidPattern, compile_pattern


def matches(expression: str, text: str) -> bool:
    """Whether the whole text fits; False also where the pattern is not one."""
    try:
        return compile_pattern(expression).fullmatch(text)
    except InvalidPattern:
        return False
