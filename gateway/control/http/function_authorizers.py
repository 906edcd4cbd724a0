"""What a REQUEST authorizer of an HTTP API must say. Pure rules."""

from __future__ import annotations

import re
from typing import Any

from gateway.authorizers.identity_sources import is_known
from gateway.control.errors import Invalid
from gateway.integrations.function_uri import function_of
from kernel.functions.errors import FunctionNotFound
from kernel.functions.names import parse_function_name

PAYLOAD_VERSIONS = ("1.0", "2.0")
DEFAULT_TTL = 300
"""Seconds: "The default is 300 seconds", where there are identity sources."""
MOST_SOURCES = 20
"""Poolgate's own bound."""

_SOURCE = re.compile(r"\$(?:request\.(?:header|querystring)|stageVariables|context)\.[!-~]{1,256}")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.[A-Za-z0-9_]+\}")


def require_function_authorizer(document: dict[str, Any]) -> None:
    """Refuse what would never call a function, or never find a caller. Raises `Invalid`."""
    require_function_uri(document.get("AuthorizerUri", ""))
    if document.get("AuthorizerPayloadFormatVersion") not in PAYLOAD_VERSIONS:
        raise Invalid("AuthorizerPayloadFormatVersion is a required parameter: use 1.0 or 2.0")
    version = document["AuthorizerPayloadFormatVersion"]
    if document.get("EnableSimpleResponses") and version == "1.0":
        raise Invalid("EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0")
    sources = document.get("IdentitySource", [])
    if len(sources) > MOST_SOURCES:
        raise Invalid(f"An authorizer has at most {MOST_SOURCES} identity sources")
    for source in sources:
        if not _SOURCE.fullmatch(source) or not is_known(source):
            raise Invalid(f"Invalid identity source {source}")
    if document.get("AuthorizerResultTtlInSeconds") and not sources:
        raise Invalid("Caching the answers of an authorizer needs an identity source")


def require_function_uri(uri: str) -> None:
    """A URI that names a function, through stage variables too. Raises `Invalid`."""
    named = function_of(_STAGE_VARIABLE.sub("variable", uri), {})
    try:
        parse_function_name(named)
    except FunctionNotFound:
        raise Invalid(
            f"Invalid function URI {uri}: it must be the URI of an invocation of a function, or "
            "the function's ARN"
        ) from None
