"""Which function a URI of an integration or authorizer names.

REST APIs write `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations`,
HTTP APIs that or the function's ARN alone; both may hold `${stageVariables.NAME}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_INVOCATION = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]*:lambda:path/(?://)?"
    r"(?:2015-03-31|2021-11-15)/functions/(.+)/(?:invocations|response-streaming-invocations)"
)
_SERVICE = re.compile(r"arn:aws[a-z-]*:apigateway:[^:]*:(?!lambda:)[^:]+:")
_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """The text with stage variables filled in; an unknown one is empty."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def is_function_uri(uri: str) -> bool:
    """Whether a URI of an AWS integration is a function's rather than another service's."""
    return not _SERVICE.match(uri)


def function_of(uri: str, variables: Mapping[str, str]) -> str:
    """The function's name or ARN; what is neither is for the caller of functions to refuse."""
    named = with_variables(uri, variables)
    found = _INVOCATION.fullmatch(named)
    return found[1] if found else named
