"""Matches that are given up where they take too long."""

from __future__ import annotations

from gateway.patterns.pattern import compile_pattern
from gateway.patterns.syntax import InvalidPattern


class _TooLong(Exception):
    """The match takes too many steps."""


def fits(pattern: str, text: str, most_steps: int) -> bool:
    """Whether the whole text fits; False also where the pattern is not one, or where it takes more
    than `most_steps` to tell."""
    left = most_steps

    def work(steps: int) -> None:
        nonlocal left
        left -= steps
        if left < 0:
            raise _TooLong

    try:
        return compile_pattern(pattern).fullmatch(text, work)
    except (InvalidPattern, _TooLong):
        return False
