"""Pages of what a query finds: by number (RFC 7644 §3.4.2.4), or by cursor (RFC 9865)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    ExpiredCursorException,
    InvalidCursorException,
    SearchRequest,
    TooManyException,
)
from sqlalchemy import Select
from sqlalchemy.orm import Session

from idp.scim.context import Context, Document
from idp.scim.filters import Plan
from idp.user_pools.services import provisioning_search
from idp.user_pools.services.provisioning_search import MOST_SKIPPED
from kernel.sealing import Expired, Unsealable
from kernel.threads import compute

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PAGE, LARGEST_PAGE = 100, 200
MOST_COMPARED = 1000
"""How many resources a filter without an index is compared with."""
CURSOR_SECONDS = 3600


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of resources, and how its keys become representations."""

    name: str
    find: Callable[[Sequence[provisioning_search.Term]], Select[str]]
    load: Callable[[Sequence[str], bool], list[tuple[str, Document]]]
    """Keys and representations, in the order of the keys; those that are gone are left out. What
    is not told, but looked at only, may lack what filters cannot compare: members of groups."""


def page(context: Context, kind: Kind, plan: Plan, asked: SearchRequest[Any]) -> Document:
    """The ListResponse. Raises `TooManyException`, `InvalidCursorException`."""
    size = min(PAGE if asked.count is None else asked.count, LARGEST_PAGE)
    after, skip = "", (asked.start_index or 1) - 1
    if asked.cursor is not None:
        after, skip = _position(context, kind, asked.cursor), 0
    if skip > MOST_SKIPPED:
        raise TooManyException(
            detail=f"startIndex reaches to {MOST_SKIPPED}; use a cursor, or a filter."
        )
    look = _indexed if plan.matches is None else _compared
    total, keys = look(context, kind, plan, after, skip, size)
    found = kind.load(keys[:size], True) if size else []
    document = {
        "schemas": [LIST],
        "totalResults": total,
        "itemsPerPage": len(found),
        "Resources": [each for _, each in found],
    }
    if asked.cursor is None:
        return {**document, "startIndex": skip + 1}
    if len(keys) > size > 0:
        document["nextCursor"] = _cursor(context, kind, keys[size - 1])
    return document


def _indexed(
    context: Context, kind: Kind, plan: Plan, after: str, skip: int, size: int
) -> tuple[int, list[str]]:
    """How many there are, and the keys of a page, with one more where another page follows."""
    query = kind.find(plan.terms)

    def unit(session: Session) -> tuple[int, list[str]]:
        keys = provisioning_search.page(session, query, size + 1, skip=skip, after=after)
        return provisioning_search.count(session, query), keys

    return context.kernel.database.read(unit)


def _compared(
    context: Context, kind: Kind, plan: Plan, after: str, skip: int, size: int
) -> tuple[int, list[str]]:
    query = kind.find(plan.terms)

    def unit(session: Session) -> tuple[list[str], set[str]]:
        keys = provisioning_search.page(session, query, MOST_COMPARED + 1)
        if not after:
            return keys, set(keys)
        # What comes after a name is the database's to say: it has an order of its own.
        behind = provisioning_search.page(session, query, MOST_COMPARED, after=after)
        return keys, set(behind)

    keys, behind = context.kernel.database.read(unit)
    if len(keys) > MOST_COMPARED:
        raise TooManyException(
            detail=f"Without an index, a filter is compared with {MOST_COMPARED} resources at "
            "most. Those of id, userName, externalId, emails.value, displayName of groups and "
            "members by eq have one."
        )
    loaded, matches = kind.load(keys, False), plan.matches
    # The hub goes on while many are compared.
    kept = compute(lambda: [key for key, each in loaded if matches is None or matches(each)])
    ahead = [key for key in kept if key in behind]
    return len(kept), ahead[skip : skip + size + 1]


def _purpose(context: Context, kind: Kind) -> str:
    return f"scim-cursor:{context.pool.id}:{kind.name}"


def _cursor(context: Context, kind: Kind, key: str) -> str:
    return context.kernel.sealer.seal_token(key, _purpose(context, kind), CURSOR_SECONDS)


def _position(context: Context, kind: Kind, cursor: str) -> str:
    """Behind which key the page begins. An empty cursor asks for the first one."""
    if not cursor:
        return ""
    try:
        return str(context.kernel.sealer.open_token(cursor, _purpose(context, kind)))
    except Expired:
        raise ExpiredCursorException from None
    except Unsealable:
        raise InvalidCursorException from None
