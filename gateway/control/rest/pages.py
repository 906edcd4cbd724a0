"""Pages of the lists of REST APIs' control plane: `limit`, and a sealed `position`.

A position opens only for the request that it was made for, its limit apart: another caller's,
another list's, or one that was changed, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway import quotas
from gateway.control.errors import Invalid
from kernel.aws.operations import Call, Input, Output
from kernel.sealing import Unsealable

Row = TypeVar("Row")

POSITION_LIFETIME_SECONDS = 24 * 3600


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
) -> tuple[Sequence[Any], str | None]:
    """The rows of a page, and the position of the next one. Raises `Invalid`."""
    size = _size(request.get("limit"))
    purpose = _purpose(call, request)
    position = request.get("position")
    if position:
        query = query.where(key > _last_key(call, position, purpose))
    rows = session.scalars(query.order_by(key).limit(size + 1)).all()
    if len(rows) <= size:
        return rows, None
    last = getattr(rows[size - 1], key.key)
    return rows[:size], call.kernel.sealer.seal_token(last, purpose, POSITION_LIFETIME_SECONDS)


def _purpose(call: Call, request: Input) -> str:
    asked = {name: each for name, each in request.items() if name not in {"limit", "position"}}
    question = json.dumps(asked, sort_keys=True, default=str)
    return f"apigateway page {call.operation} {call.account} {call.region} {question}"


def _size(limit: int | None) -> int:
    if limit is None:
        return quotas.REST_PAGE_DEFAULT
    if limit < 1:
        raise Invalid("The limit must be a positive whole number")
    return min(limit, quotas.REST_PAGE_MOST)


def _last_key(call: Call, position: str, purpose: str) -> Any:
    try:
        return call.kernel.sealer.open_token(position, purpose)
    except Unsealable:
        raise Invalid("Invalid position parameter") from None
