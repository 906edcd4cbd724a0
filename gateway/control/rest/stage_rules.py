"""What a stage of a REST API may hold. Pure rules over its document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway import quotas
from gateway.control.access_logs import require_format
from gateway.control.errors import Invalid
from gateway.control.stage_variables import require_variables

Document = Mapping[str, Any]

STAGE_MISSING = "Invalid stage identifier specified"
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
DEFAULT_CACHE_SIZE = "0.5"
SIZE_OF_CACHE = {
    "cacheClusterSize": "stages have no cache of their own: one of the gateway's keeps all replies"
}
"""What stages and deployments show only."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def require_name(name: str) -> None:
    """Stage names are the first segment of a path. Raises `Invalid`."""
    if not _NAME.fullmatch(name):
        raise Invalid("Stage name only allows a-zA-Z0-9_- and at most 128 characters")


def require_stage(document: Document) -> None:
    """Refuse a stage that could not be served as it says. Raises `Invalid`."""
    if len(document.get("description", "")) > 1024:
        raise Invalid("The description of a stage has at most 1024 characters")
    canary = document.get("canarySettings") or {}
    overrides = canary.get("stageVariableOverrides") or {}
    require_variables({**document.get("variables", {}), **overrides})
    require_variables(document.get("variables", {}))
    percent = canary.get("percentTraffic", 0.0)
    if not 0.0 <= percent <= 100.0:  # NaN is neither
        raise Invalid("Percent traffic must be between 0.0 and 100.0")
    if document.get("accessLogSettings") is not None:
        _require_access_log(document["accessLogSettings"])
    if len(document.get("methodSettings", {})) > quotas.METHOD_SETTINGS_PER_STAGE:
        raise Invalid(
            f"A stage has settings for at most {quotas.METHOD_SETTINGS_PER_STAGE} methods"
        )


def _require_access_log(settings: Document) -> None:
    destination, text = settings.get("destinationArn") or "", settings.get("format") or ""
    if not destination or not text:
        raise Invalid("Access logs need both a destinationArn and a format")
    require_format(text)
