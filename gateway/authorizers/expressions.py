"""Validation expressions: the operator's pattern over what a caller sends.

Such a pattern may backtrack without end on input made for it, so it has a time limit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

SECONDS = 0.05


def matches(expression: str, text: str) -> bool:
    """Whether the whole text fits; False also where the pattern is bad or takes too long."""
    pattern = _compiled(expression)
    try:
        return pattern is not None and pattern.fullmatch(text, timeout=SECONDS) is not None
    except TimeoutError:
        return False


@lru_cache(1024)
def _compiled(expression: str) -> Any:
    import regex  # type: ignore[import-untyped]  # has no stubs; 10 MB, so only when needed

    try:
        return regex.compile(expression)
    except regex.error:
        return None
