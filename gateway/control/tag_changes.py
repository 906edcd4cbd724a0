"""Tags of anything whose document has them, under the plane's own name for the member."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Protocol

from gateway.control.tagging import require_tags


class Tagged(Protocol):
    """A row with a document."""

    document: Any


def tags_of(resource: Tagged, member: str) -> dict[str, str]:
    """A resource's tags, which its document keeps as `member`."""
    tags: dict[str, str] = resource.document.get(member) or {}
    return tags


def add_tags(resource: Tagged, member: str, tags: Mapping[str, str]) -> None:
    """Put these beside those that are there. Raises `Invalid`."""
    both = {**tags_of(resource, member), **tags}
    require_tags(both)
    resource.document = {**resource.document, member: both}


def remove_tags(resource: Tagged, member: str, keys: Container[str]) -> None:
    """Take off the tags of these keys, those that are there."""
    kept = {key: value for key, value in tags_of(resource, member).items() if key not in keys}
    resource.document = {**resource.document, member: kept}
