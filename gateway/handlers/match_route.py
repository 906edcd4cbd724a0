"""Choose the route; refuse a path that a backend could read as that of another route."""

from __future__ import annotations

from gateway.context import Located, Reply, Routed
from gateway.paths import lenient_readings
from gateway.replies import NOT_FOUND
from gateway.route_tree import REQUEST_METHODS
from gateway.snapshot import Route


def match_route(context: Located) -> Routed | Reply:
    """The most specific route, or 404."""
    method, tree = context.request.method, context.stage.tree
    if method not in REQUEST_METHODS:
        return NOT_FOUND
    match = tree.find(method, context.path_segments)
    if match is None:
        return NOT_FOUND
    for reading in lenient_readings(context.address.path):
        other = tree.find(method, reading)
        if other is not None and evades(match.route, other.route):
            return NOT_FOUND
    return Routed(
        context.request, context.address, context.snapshot, context.api, context.stage, match
    )


def evades(route: Route, other: Route) -> bool:
    """Whether taking `route` would get around the guard of `other`."""
    if other.authorizer is None and not other.api_key_required:
        return False
    return _guard(route) != _guard(other)


def _guard(route: Route) -> tuple[object, ...]:
    return route.authorizer, route.scopes, route.api_key_required
