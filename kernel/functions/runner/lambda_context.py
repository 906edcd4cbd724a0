"""The second argument of a handler (Lambda developer guide, "Lambda context object in Python")."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any


class LambdaContext:
    """AWS's attributes and the one method."""

    def __init__(self, values: dict[str, Any], ends: float) -> None:
        self.function_name: str = values["function_name"]
        self.function_version: str = values["function_version"]
        self.invoked_function_arn: str = values["invoked_function_arn"]
        self.memory_limit_in_mb: str = values["memory_limit_in_mb"]
        self.aws_request_id: str = values["aws_request_id"]
        self.log_group_name: str = values["log_group_name"]
        self.log_stream_name: str = values["log_stream_name"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = _client_context(values["client_context"])
        self._ends = ends

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def _client_context(given: dict[str, Any] | None) -> SimpleNamespace | None:
    if given is None:
        return None
    client = given.get("client") or {}
    names = (
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )
    return SimpleNamespace(
        client=SimpleNamespace(**{name: client.get(name) for name in names}),
        custom=given.get("custom"),
        env=given.get("env"),
    )
