"""Queries: of one kind of resources, or at the root of both (RFC 7644 §3.4.2, §3.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim2_models import InvalidFilterException, NotImplementedException, ScimFilter, SearchRequest

from idp.scim import filters, groups, parameters, results, users
from idp.scim.context import Context, Document, Request
from idp.scim.filters import Plan
from idp.scim.replies import Reply
from idp.scim.results import LARGEST_PAGE, LIST, PAGE, Kind
from kernel.threads import compute

KINDS = {users.ENDPOINT: users.KIND, groups.ENDPOINT: groups.KIND}


def listing(context: Context, asked: Request) -> Reply:
    """GET of an endpoint."""
    return _of_one(context, KINDS[asked.path[0]], asked.parameters)


def search(context: Context, asked: Request) -> Reply:
    """POST of an endpoint's `.search`."""
    return _of_one(context, KINDS[asked.path[0]], asked.body)


def _of_one(context: Context, name: str, given: Mapping[str, Any]) -> Reply:
    asked = parameters.search(context.layout, name, given)
    plan = filters.plan(context.layout, name, asked.filter)
    document = results.page(context, _kind(context, name, asked), plan, asked)
    cut = parameters.selecting(context.layout, name, asked)
    told = compute(lambda: list(map(cut, document["Resources"])))
    return Reply(200, {**document, "Resources": told})


def _kind(context: Context, name: str, asked: SearchRequest[Any]) -> Kind:
    return users.kind(context) if name == users.KIND else groups.kind(context, asked)


def search_all(context: Context, asked: Request) -> Reply:
    """POST of `/.search`: the users come first, then the groups."""
    given = dict(asked.body)
    if any(name.lower() == "cursor" for name in given):
        raise NotImplementedException(detail="Cursors are of users or of groups.")
    text = next((given.pop(name) for name in list(given) if name.lower() == "filter"), None)
    found: list[Document] = []
    total = 0
    for name in (users.KIND, groups.KIND):
        query = parameters.search(context.layout, name, given)
        first = query.start_index or 1
        size = min(PAGE if query.count is None else query.count, LARGEST_PAGE)
        rest = query.model_copy(
            update={"start_index": max(1, first - total), "count": size - len(found)}
        )
        plan = _plan(context, name, text)
        if plan is None:
            continue
        page = results.page(context, _kind(context, name, rest), plan, rest)
        found += map(parameters.selecting(context.layout, name, rest), page["Resources"])
        total += page["totalResults"]
    return Reply(
        200,
        {
            "schemas": [LIST],
            "totalResults": total,
            "itemsPerPage": len(found),
            "startIndex": first,
            "Resources": found,
        },
    )


def _plan(context: Context, name: str, text: Any) -> Plan | None:
    """None where the filter asks for something that this kind of resources does not have: nothing
    of it matches (RFC 7644 §3.4.2.1)."""
    if text is None:
        return Plan()
    try:
        query = parameters.search(context.layout, name, {"filter": text})
    except ValueError:
        # It may be one for the other kind, but must be a filter.
        if not isinstance(text, str):
            raise InvalidFilterException from None
        ScimFilter(text)
        return None
    return filters.plan(context.layout, name, query.filter)
