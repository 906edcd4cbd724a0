"""Which integration response a backend's answer gets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.context import Result
from gateway.snapshot import IntegrationResponse


def select(responses: Sequence[IntegrationResponse], result: Result) -> IntegrationResponse | None:
    """The response whose pattern matches in full, else the default one; None without either.

    "If the back end is a Lambda function, the Lambda function error header is matched. For all
    other HTTP and AWS back ends, the HTTP status code is matched" (PutIntegrationResponse).
    """
    told = result.error or str(result.status)
    default = None
    for response in responses:
        if not response.selection_pattern:
            default = default or response
        elif re.fullmatch(response.selection_pattern, told):
            return response
    return default
