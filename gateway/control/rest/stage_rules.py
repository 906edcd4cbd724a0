"""What a stage of a REST API may hold. Pure rules over its document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway import quotas
from gateway.control.errors import Invalid

Document = Mapping[str, Any]

STAGE_MISSING = "Invalid stage identifier specified"
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
DEFAULT_CACHE_SIZE = "0.5"
SIZE_OF_CACHE = {
    "cacheClusterSize": "stages have no cache of their own: one of the gateway's keeps all replies"
}
"""What stages and deployments show only."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=,-]+")
"""CreateStageRequest$variables."""


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
    _require_variables({**document.get("variables", {}), **overrides})
    _require_variables(document.get("variables", {}))
    percent = canary.get("percentTraffic", 0.0)
    if not 0.0 <= percent <= 100.0:  # NaN is neither
        raise Invalid("Percent traffic must be between 0.0 and 100.0")
    if document.get("accessLogSettings") is not None:
        _require_access_log(document["accessLogSettings"])
    if len(document.get("methodSettings", {})) > quotas.METHOD_SETTINGS_PER_STAGE:
        raise Invalid(
            f"A stage has settings for at most {quotas.METHOD_SETTINGS_PER_STAGE} methods"
        )


def _require_variables(variables: Mapping[str, str]) -> None:
    if len(variables) > quotas.VARIABLES_PER_STAGE:
        raise Invalid(f"A stage has at most {quotas.VARIABLES_PER_STAGE} variables")
    for name, value in variables.items():
        if len(name) > quotas.VARIABLE_NAME_CHARACTERS or not _VARIABLE_NAME.fullmatch(name):
            raise Invalid(
                f"Invalid stage variable name: {name[:128]}. It has letters, digits and _ alone, "
                f"at most {quotas.VARIABLE_NAME_CHARACTERS}"
            )
        if len(value) > quotas.VARIABLE_VALUE_CHARACTERS or not _VARIABLE_VALUE.fullmatch(value):
            raise Invalid(
                f"Invalid stage variable value for {name}: "
                "it must match [A-Za-z0-9-._~:/?#&=,]+ and have at most "
                f"{quotas.VARIABLE_VALUE_CHARACTERS} characters"
            )


def _require_access_log(settings: Document) -> None:
    destination, text = settings.get("destinationArn") or "", settings.get("format") or ""
    if not destination or not text:
        raise Invalid("Access logs need both a destinationArn and a format")
    if len(text.encode("utf-8", "replace")) > quotas.ACCESS_LOG_FORMAT_BYTES:
        most = quotas.ACCESS_LOG_FORMAT_BYTES // 1024
        raise Invalid(f"An access log format has at most {most} KB")
    if not text.rstrip("\r\n").isprintable():
        raise Invalid(
            "Access Log format must be single line, "
            f"new line character is allowed only at end of the format: '{text[:256]}'"
        )
    if "$context.requestId" not in text and "$context.extendedRequestId" not in text:
        # AccessLogSettings$format: "must include at least $context.requestId".
        raise Invalid("Access Log format must include $context.requestId")
