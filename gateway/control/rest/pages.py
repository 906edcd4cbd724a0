"""Pages of the lists of REST APIs' control plane: `limit`, and a sealed `position`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway import quotas
from gateway.control import pages
from gateway.control.errors import Invalid
from gateway.control.pages import Row
from kernel.aws.operations import Call, Input, Output


def page(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[str],
    present: Callable[[Row], Output],
) -> Output:
    """`items` in the order of `key`, and `position` where more follow. Raises `Invalid`."""
    rows, position = rows_of_page(session, call, request, query, key)
    output: Output = {"items": [present(row) for row in rows]}
    return output | ({"position": position} if position else {})


def rows_of_page(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[Any],
) -> tuple[Sequence[Row], str | None]:
    """The rows of a page, and the position of the next one. Raises `Invalid`."""
    size, position = _size(request.get("limit")), request.get("position")
    return pages.rows_of_page(session, call, request, query, key, size, position)


def _size(limit: int | None) -> int:
    if limit is None:
        return quotas.REST_PAGE_DEFAULT
    if limit < 1:
        raise Invalid("The limit must be a positive whole number")
    return min(limit, quotas.REST_PAGE_MOST)
