"""Throttling and metrics of routes, as stages carry them. Pure rules."""

from __future__ import annotations

import math
from typing import Any

from gateway.control.documents import Document
from gateway.control.errors import Invalid

NO_EXECUTION_LOGS = "Execution logs are not supported on protocolType HTTP"
DEFAULT_ROUTE_SETTINGS: Document = {"DetailedMetricsEnabled": False}
_MOST_BURST = 2**31 - 1


def route_settings(given: Document) -> Document:
    """The settings to store. Raises `Invalid` for a member that nothing acts on."""
    if given.get("DataTraceEnabled") or given.get("LoggingLevel", "OFF") != "OFF":
        raise Invalid(NO_EXECUTION_LOGS)
    _require_limit("ThrottlingRateLimit", given.get("ThrottlingRateLimit"))
    _require_limit("ThrottlingBurstLimit", given.get("ThrottlingBurstLimit"))
    kept = ("DetailedMetricsEnabled", "ThrottlingBurstLimit", "ThrottlingRateLimit")
    limits = {member: given[member] for member in kept if given.get(member) is not None}
    return {**DEFAULT_ROUTE_SETTINGS, **limits}


def _require_limit(member: str, limit: Any) -> None:
    if limit is not None and not (math.isfinite(limit) and 0 <= limit <= _MOST_BURST):
        raise Invalid(f"{member} must be a number that is not negative")
