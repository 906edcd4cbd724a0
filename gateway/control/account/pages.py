"""Pages of a REST API's control plane: `items`, and a sealed `position` where more follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.pages import TOKEN_LIFETIME_SECONDS
from kernel.aws.operations import Call, Input, Output
from kernel.sealing import Unsealable

Row = TypeVar("Row")


def items(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[Any],
    present: Callable[[Row], Output],
    *names: str,
) -> Output:
    """A page in the order of `key`; `names` are the members that a position belongs to.

    Raises `Invalid` for a limit or a position that is none.
    """
    rows, position = rows_of_page(session, call, request, query, key, *names)
    output: Output = {"items": [present(row) for row in rows]}
    return output | ({"position": position} if position else {})


def rows_of_page(
    session: Session,
    call: Call,
    request: Input,
    query: Select[Row],
    key: InstrumentedAttribute[Any],
    *names: str,
) -> tuple[Sequence[Any], str | None]:
    """The rows of a page, and the position of the next one. Raises `Invalid`."""
    size = _size(request.get("limit"))
    asked = (str(request.get(name, "")) for name in names)
    purpose = " ".join(("page", call.operation, call.account, call.region, *asked))
    if request.get("position"):
        query = query.where(key > _last_key(call, request["position"], purpose))
    rows = session.scalars(query.order_by(key).limit(size + 1)).all()
    if len(rows) <= size:
        return rows, None
    last = getattr(rows[size - 1], key.key)
    return rows[:size], call.kernel.sealer.seal_token(last, purpose, TOKEN_LIFETIME_SECONDS)


def _size(limit: int | None) -> int:
    if limit is None:
        return quotas.POSITIONS_DEFAULT
    if limit < 1:
        raise Invalid("limit must be a positive whole number")
    return min(limit, quotas.POSITIONS_MOST)


def _last_key(call: Call, token: str, purpose: str) -> Any:
    try:
        return call.kernel.sealer.open_token(token, purpose)
    except Unsealable:
        raise Invalid("Invalid position parameter") from None
