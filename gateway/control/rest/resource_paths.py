"""Which paths the resources of a REST API may have. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid
from gateway.route_tree import InvalidRouteKey, RouteKey, RouteTree

ROOT = "/"
_PART = re.compile(r"[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")
MALFORMED_PART = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly "
    "braces at the beginning and the end and an optional plus sign before the closing brace."
)


def join(parent: str, part: str) -> str:
    """The path of a child: `/pets` and `{id}` make `/pets/{id}`."""
    return f"{parent.rstrip('/')}/{part}"


def part_of(path: str) -> str:
    """The last segment of a path; empty for the root."""
    return path.rpartition("/")[2]


def below(path: str) -> str:
    """What the paths of everything under a resource start with."""
    return f"{path.rstrip('/')}/"


def moved(path: str, old: str, new: str) -> str:
    """Where a resource at `old` or below it is once `old` has become `new`."""
    return new + path[len(old) :]


def require_part(part: str) -> None:
    """Refuse what no path part may be. Raises `Invalid`."""
    if not _PART.fullmatch(part):
        raise Invalid(MALFORMED_PART)


def require_path(path: str) -> None:
    """Refuse a path that no request has, or that names a variable twice. Raises `Invalid`."""
    if len(path) > quotas.RESOURCE_PATH_CHARACTERS:
        raise Invalid(
            f"The path of a resource has at most {quotas.RESOURCE_PATH_CHARACTERS} characters"
        )
    try:
        RouteTree([(RouteKey.parse(f"ANY {path}"), None)])
    except InvalidRouteKey:
        raise Invalid(
            f"Invalid resource path {path}: no request can have it, or it names a variable twice"
        ) from None


def require_parent(path: str) -> None:
    """Refuse children of a greedy variable. Raises `Invalid`."""
    if path.endswith("+}"):
        raise Invalid(
            f"Cannot create a child of a resource with a greedy path variable: {part_of(path)}"
        )


def require_free(part: str, siblings: Iterable[str]) -> None:
    """Refuse a name that a sibling has, and a second variable. Raises `Conflicting`, `Invalid`."""
    for sibling in siblings:
        if sibling == part:
            raise Conflicting(
                f"Another resource with the same parent already has this name: {part}"
            )
        if sibling.startswith("{") and part.startswith("{"):
            raise Invalid(
                f"A sibling ({sibling}) of this resource already has a variable path part -- "
                "only one is allowed"
            )
