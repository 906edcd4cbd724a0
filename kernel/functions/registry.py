"""Where a function is found, and how it is called."""

from __future__ import annotations

from typing import Any

from kernel.functions.endpoint import LambdaEndpoint
from kernel.functions.errors import FunctionNotFound
from kernel.functions.names import parse_function_name
from kernel.outbound import Outbound
from kernel.settings import Settings

TRIGGER_TIMEOUT = 5.0
"""Seconds. Cognito developer guide: "Amazon Cognito waits for up to five seconds"."""


class Functions:
    """Invokes functions by name or ARN, from the first source that knows them."""

    def __init__(self, endpoint: LambdaEndpoint | None = None) -> None:
        self._endpoint = endpoint

    @classmethod
    def from_settings(cls, settings: Settings, outbound: Outbound) -> Functions:
        url = settings.lambda_endpoint
        return cls(endpoint=LambdaEndpoint(url, outbound) if url else None)

    def invoke(
        self,
        name_or_arn: str,
        event: dict[str, Any],
        *,
        timeout: float = TRIGGER_TIMEOUT,
        client_context: dict[str, Any] | None = None,
    ) -> Any:
        """Call a function and wait up to `timeout` seconds for its JSON result.

        Raises `FunctionNotFound`, `FunctionFailed`, `FunctionTimedOut`, `FunctionMalformed`.
        """
        name = parse_function_name(name_or_arn)
        if self._endpoint is None:
            raise FunctionNotFound(f"function {name.text} does not exist")
        return self._endpoint.invoke(name, event, timeout, client_context)

    def exists(self, name_or_arn: str) -> bool:
        """Whether a source knows the function; an endpoint is taken to know every one."""
        try:
            parse_function_name(name_or_arn)
        except FunctionNotFound:
            return False
        return self._endpoint is not None
