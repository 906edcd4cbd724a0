"""Numbers of JSON: Python takes its booleans for numbers as well."""

from __future__ import annotations

from typing import Any


def is_number(value: Any) -> bool:
    """Whether a parsed value is one of JSON's numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
