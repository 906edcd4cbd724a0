"""Which integration response a backend's answer gets."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.context import Result
from gateway.patterns import fits
from gateway.snapshot import IntegrationResponse

MOST_CHARACTERS = 4_096
"""Of an error message, what patterns are matched against."""
MOST_STEPS = 300_000
"""Of a match: a pattern that takes more than this, or that we cannot match, matches nothing."""


def select(responses: Sequence[IntegrationResponse], result: Result) -> IntegrationResponse | None:
    """The response whose pattern matches in full, else the default one; None without either.

    "If the back end is a Lambda function, the Lambda function error header is matched. For all
    other HTTP and AWS back ends, the HTTP status code is matched" (PutIntegrationResponse).
    """
    told = result.error[:MOST_CHARACTERS] or str(result.status)
    default = None
    for response in responses:
        if not response.selection_pattern:
            default = default or response
        elif fits(response.selection_pattern, told, MOST_STEPS):
            return response
    return default
