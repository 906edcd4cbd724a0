"""A token's claims as events and `$context` show them: text, whatever they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_text(claims: Mapping[str, Any]) -> dict[str, str]:
    """Each claim as AWS writes it: lists in brackets, truth in lower case."""
    return {name: _text(value) for name, value in claims.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    return str(value)
