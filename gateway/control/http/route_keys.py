"""Which route keys an HTTP API takes, and which of them cannot stand side by side. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid
from gateway.route_tree import InvalidRouteKey, RouteKey, RouteTree

MALFORMED = (
    "The provided route key is not formatted properly for HTTP protocol. "
    'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)


def require_route_key(text: str) -> RouteKey:
    """Read `GET /pets/{id}`, `ANY /{proxy+}` or `$default`. Raises `Invalid`."""
    try:
        key = RouteKey.parse(text)
        RouteTree([(key, None)])  # some literals are ones that no request can have
    except InvalidRouteKey:
        raise Invalid(MALFORMED) from None
    if len(text) > quotas.ROUTE_KEY_CHARACTERS or "" in key.segments[:-1]:
        raise Invalid(MALFORMED)
    return key


def require_no_conflict(key: RouteKey, others: Iterable[str]) -> None:
    """Refuse a second key for the same requests. Raises `Conflicting`.

    What is the same is the tree's to say: `/{a}` and `/{b}`, `/~` and `/%7E`.
    """
    for other in others:
        if other == key.text:
            raise Conflicting(f"Route with key {other} already exists for this API")
        try:
            RouteTree([(RouteKey.parse(other), None), (key, None)])
        except InvalidRouteKey:
            raise Conflicting(
                f'The provided route key "{key.text}" has a conflicting variable on the same '
                f'hierarchical level as "{other}"'
            ) from None
