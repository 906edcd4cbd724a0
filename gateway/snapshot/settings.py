"""What a stage or a route of it sets about each call: throttles, logs, caching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Throttle:
    """A token bucket: `rate` requests a second on average, `burst` at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class AccessLog:
    """Where a stage logs its requests, and a format with `$context` variables."""

    destination: str
    format: str


@dataclass(frozen=True)
class Caching:
    """How replies of a route are kept ("Cache settings for REST APIs", developer guide)."""

    ttl: int = 300
    """Seconds, from 0 (nothing is kept) to 3,600."""
    encrypted: bool = False
    invalidation_needs_permission: bool = True
    """Whether `Cache-Control: max-age=0` needs `execute-api:InvalidateCache`."""
    unauthorized_strategy: str = "SUCCEED_WITH_RESPONSE_HEADER"
    """What an invalidation without permission gets: this, FAIL_WITH_403 or
    SUCCEED_WITHOUT_RESPONSE_HEADER."""
    shared: bool = False
    """Whether callers share entries although an authorizer told them apart (beyond AWS)."""
    stale_if_error: int = 0
    """Seconds for which an expired entry may answer when the backend fails (beyond AWS)."""


@dataclass(frozen=True)
class MethodSettings:
    """What a stage sets for a route, its throttle aside: `methodSettings`, `RouteSettings`."""

    caching: Caching | None = None
    """None keeps no replies."""
    logging_level: str = "OFF"
    """OFF, ERROR or INFO: the execution log."""
    data_trace: bool = False
    """Whether the execution log holds requests and replies in full, secrets aside."""
    metrics: bool = False
    """Whether the route has metrics of its own, besides its stage's."""

    @property
    def shows_content(self) -> bool:
        """Whether the log needs bodies: ERROR tells that a request failed, not what was in it."""
        return self.data_trace and self.logging_level == "INFO"


NO_SETTINGS = MethodSettings()


@dataclass(frozen=True)
class Canary:
    """A share of a stage's requests that another deployment serves."""

    percent: float
    deployment_id: str
    variables: Mapping[str, str]
    """Overrides of the stage's variables."""
    use_stage_cache: bool = False
