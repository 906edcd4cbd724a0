"""ListUsers: pages of a pool's users, by index whatever the filter."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from idp.models import SearchableAttribute, User, UserPool
from idp.user_pools.rules import filters
from idp.user_pools.rules.filters import Filter
from idp.user_pools.services import pages
from kernel.aws.operations import Call, Input


def page(
    session: Session, call: Call, pool: UserPool, request: Input
) -> tuple[Sequence[User], str | None]:
    """One page of users and the token of the next one.

    A token belongs to its filter. Rows come in the order of their index: by `sub`, or with `^=` by
    the value first.
    """
    limit = pages.size(request.get("Limit"))
    expression = request.get("Filter", "")
    wanted = filters.parse(expression) if expression.strip() else None
    scope = f"{pool.id}:{expression}"
    after = pages.position(call, request.get("PaginationToken"), scope)
    if wanted is None:
        rows = session.scalars(
            select(User)
            .where(User.pool_id == pool.id, User.id > after)
            .order_by(User.id)
            .limit(limit + 1)
        ).all()
        return pages.cut(call, rows, limit, lambda user: user.id, scope)
    found = session.execute(_filtered(pool, wanted, after).limit(limit + 1)).all()
    cut, token = pages.cut(call, found, limit, lambda row: [row[1], row[0].id], scope)
    return [row[0] for row in cut], token


def _filtered(pool: UserPool, wanted: Filter, after: list[str]) -> Select[User, str]:
    """Users and the value they were found by. A prefix is a range, so that the index serves it."""
    indexed = SearchableAttribute
    query = (
        select(User, indexed.value)
        .join(indexed, indexed.user_id == User.id)
        .where(indexed.pool_id == pool.id, indexed.name == wanted.attribute)
        .order_by(indexed.value, indexed.user_id)
    )
    if not wanted.is_prefix:
        query = query.where(indexed.value == wanted.value)
        return query.where(indexed.user_id > after[1]) if after else query
    if wanted.end is not None:
        query = query.where(indexed.value < wanted.end)
    if after:
        # Compared as one value, so that a late page starts where it starts in the index.
        return query.where(tuple_(indexed.value, indexed.user_id) > tuple_(*after))
    return query.where(indexed.value >= wanted.value)
