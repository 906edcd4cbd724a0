"""What a document says of an HTTP API, by the wire names of apigatewayv2's own requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.openapi.faults import Path
from gateway.openapi.parts import Members, Part

__all__ = ["HttpApi", "Members", "Part", "Route"]


@dataclass(frozen=True)
class Route:
    """A route key with CreateRoute's members; what it leads to and asks, by value and by name."""

    key: str
    members: Members
    authorizer: str = ""
    integration: Part | None = None
    where: Path = field(default=(), compare=False)


@dataclass(frozen=True)
class HttpApi:
    """A whole API. `api` holds CreateApi's members, and nothing that was not said."""

    api: Members
    routes: tuple[Route, ...] = ()
    authorizers: Mapping[str, Part] = field(default_factory=dict)
