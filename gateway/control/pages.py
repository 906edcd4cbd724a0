"""Pages of a list: by key, never by offset, with a sealed token for the next one.

A token opens only for the request that it was made for, its page size apart: another caller's,
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

TOKEN_LIFETIME_SECONDS = 24 * 3600
OF_THE_PAGE = frozenset({"MaxResults", "NextToken", "limit", "position"})
INVALID = {"apigateway": "Invalid position parameter", "apigatewayv2": "Invalid NextToken"}


def page(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[str],
    present: Callable[[Row], Output],
) -> Output:
    """`Items` in the order of `key`, and `NextToken` where more follow. Raises `Invalid`."""
    size, token = _size(request.get("MaxResults")), request.get("NextToken")
    rows, following = rows_of_page(session, call, request, query, key, size, token)
    output: Output = {"Items": [present(row) for row in rows]}
    return output | ({"NextToken": following} if following else {})


def rows_of_page(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[Any],
    size: int,
    token: str | None,
) -> tuple[Sequence[Row], str | None]:
    """The rows of a page, and the token of the next one. Raises `Invalid`."""
    purpose = _purpose(call, request)
    if token:
        query = query.where(key > _last_key(call, token, purpose))
    rows = session.scalars(query.order_by(key).limit(size + 1)).all()
    if len(rows) <= size:
        return rows, None
    last = getattr(rows[size - 1], key.key)
    return rows[:size], call.kernel.sealer.seal_token(last, purpose, TOKEN_LIFETIME_SECONDS)


def _purpose(call: Call, request: Input) -> str:
    asked = {name: each for name, each in request.items() if name not in OF_THE_PAGE}
    question = json.dumps(asked, sort_keys=True, default=str)
    return f"{call.service} page {call.operation} {call.account} {call.region} {question}"


def _size(text: str | None) -> int:
    if not text:
        return quotas.PAGE_DEFAULT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Invalid("MaxResults must be a positive whole number")
    return min(int(text), quotas.PAGE_MOST)


def _last_key(call: Call, token: str, purpose: str) -> Any:
    try:
        return call.kernel.sealer.open_token(token, purpose)
    except Unsealable:
        raise Invalid(INVALID[call.service]) from None
