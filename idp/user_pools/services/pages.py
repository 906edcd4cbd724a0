"""Pagination tokens: sealed, so that they are opaque and cannot be altered or used elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from idp.errors import InvalidParameter
from kernel.aws.operations import Call
from kernel.sealing import Unsealable

T = TypeVar("T")

LIFETIME = 3600.0
DEFAULT_SIZE = 60


def size(asked: int | None, default: int = DEFAULT_SIZE) -> int:
    """How many rows a page has. QueryLimitType allows 0, which asks for the default."""
    return asked or default


def position(call: Call, token: str | None, scope: str) -> Any:
    """Where the next page starts: what `cut` was given, or "" for the first page."""
    if not token:
        return ""
    try:
        return call.kernel.sealer.open_token(token, f"page:{call.operation}:{scope}")
    except Unsealable:
        raise InvalidParameter("The pagination token is invalid.") from None


def cut(
    call: Call, rows: Sequence[T], limit: int, key: Callable[[T], Any], scope: str
) -> tuple[Sequence[T], str | None]:
    """A page of at most `limit` rows and the token of the next one, if `rows` holds more."""
    if len(rows) <= limit:
        return rows, None
    page = rows[:limit]
    purpose = f"page:{call.operation}:{scope}"
    return page, call.kernel.sealer.seal_token(key(page[-1]), purpose, LIFETIME)
