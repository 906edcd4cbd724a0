"""Throttling and logging of routes, as stages carry them. Pure rules."""

from __future__ import annotations

import math
import re
from typing import Any

from gateway import quotas
from gateway.control.documents import Document
from gateway.control.errors import Invalid

NO_EXECUTION_LOGS = "Execution logs are not supported on protocolType HTTP"
DEFAULT_ROUTE_SETTINGS: Document = {"DetailedMetricsEnabled": False}
_MOST_BURST = 2**31 - 1
_LOG_DESTINATION = re.compile(
    r"arn:aws[a-z-]*:(logs:[a-z0-9-]+:\d{12}:log-group:[A-Za-z0-9_./#:*-]+"
    r"|firehose:[a-z0-9-]+:\d{12}:deliverystream/[A-Za-z0-9_.-]+)"
)


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


def require_access_log(settings: Document) -> None:
    """A destination and a one-line format that names each request. Raises `Invalid`."""
    destination, text = settings.get("DestinationArn", ""), settings.get("Format", "")
    if not _LOG_DESTINATION.fullmatch(destination):
        raise Invalid(
            "AccessLogSettings.DestinationArn must be the ARN of a log group or delivery stream"
        )
    if not 1 <= len(text) <= quotas.ACCESS_LOG_FORMAT_CHARACTERS or not text.isprintable():
        raise Invalid("AccessLogSettings.Format must be a single line")
    if "$context.requestId" not in text and "$context.extendedRequestId" not in text:
        # AccessLogSettings$Format: "must include at least $context.requestId".
        raise Invalid("AccessLogSettings.Format must include $context.requestId")
