"""API keys, and the usage plans by which they open stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.snapshot.settings import Throttle


@dataclass(frozen=True)
class PlanOfKey:
    """A usage plan as one API key has it."""

    plan_id: str
    stages: frozenset[tuple[str, str]]
    """The (API, stage) pairs that the plan opens."""
    throttle: Throttle | None = None
    method_throttles: Mapping[tuple[str, str, str], Throttle] = field(default_factory=dict)
    """By API, stage and route key."""
    quota: int | None = None
    quota_period: str = "MONTH"
    """DAY, WEEK or MONTH."""
    quota_offset: int = 0


@dataclass(frozen=True)
class ApiKey:
    """An API key and the plans that hold it."""

    id: str
    account: str
    region: str
    enabled: bool
    plans: tuple[PlanOfKey, ...] = ()
