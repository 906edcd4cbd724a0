"""Where an `authorizerUri` names its function. Pure.

arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations
"""

from __future__ import annotations

import re

_URI = re.compile(
    r"arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path/+2015-03-31/functions/"
    r"((?:arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:)?"
    r"(?:[A-Za-z0-9_-]|\$\{stageVariables\.[A-Za-z0-9_]{1,64}\}){1,140}"
    r"(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}|\$\{stageVariables\.[A-Za-z0-9_]{1,64}\}))?)"
    r"/invocations"
)
MOST_CHARACTERS = 2048


def function_of(uri: str) -> str | None:
    """The function's name or ARN, which may hold stage variables; None where it names none."""
    if len(uri) > MOST_CHARACTERS:
        return None
    found = _URI.fullmatch(uri)
    return found[1] if found else None
