"""What a request to the endpoint is about: a pool, and where its resources are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from idp.models import UserPool
from idp.scim import layout
from idp.scim.layout import Layout
from idp.user_pools.rules.provisioning import Provisioning
from kernel.runtime import Kernel

Document = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """The pool that an authenticated directory provisions."""

    kernel: Kernel
    pool: UserPool
    settings: Provisioning
    base: str
    """The address below which the endpoints are, without a slash at its end."""
    token_id: str

    @cached_property
    def layout(self) -> Layout:
        return layout.of_pool(self.pool, self.settings)

    def location(self, endpoint: str, resource_id: str) -> str:
        return f"{self.base}/{endpoint}/{resource_id}"


@dataclass(frozen=True)
class Request:
    """One request, or one operation of a bulk request."""

    method: str
    path: tuple[str, ...]
    """The segments behind the base, such as `Users` and an id."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of the query, by their names as RFC 7644 writes them."""
    body: Document = field(default_factory=dict)
    if_match: str | None = None
    if_none_match: str | None = None

    def expects(self, version: str) -> bool:
        """Whether the resource may be changed while it has this version (If-Match)."""
        return self.if_match is None or is_named(version, self.if_match)


def is_named(version: str, header: str) -> bool:
    """Whether a list of entity tags names a version. All of ours are weak (RFC 7644 §3.14 has
    them in If-Match)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or f'"{version}"' in tags


def entity_tag(version: str) -> str:
    return f'W/"{version}"'
