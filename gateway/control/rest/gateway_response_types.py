"""The 21 gateway responses that every REST API has, and what shows where one is not set. Pure.

DEFAULT_4XX and DEFAULT_5XX, once set, show through on every type of their class that is not set
itself, as was seen in AWS's own answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

TEMPLATES: Mapping[str, str] = {"application/json": '{"message":$context.error.messageString}'}

STATUSES: Mapping[str, str | None] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
"""Each type's status on a new API; None keeps that of the refusal."""


def shown(kind: str, given: Mapping[str, Mapping[str, Any]]) -> Document:
    """The gateway response of a type, of an API that has set some: as AWS shows it."""
    own = given.get(kind)
    default = given.get(f"DEFAULT_{(STATUSES[kind] or ' ')[0]}XX", {})
    settings = default if own is None else own
    status = settings.get("statusCode") or STATUSES[kind]
    return {
        "responseType": kind,
        "responseParameters": settings.get("responseParameters", {}),
        "responseTemplates": settings.get("responseTemplates") or dict(TEMPLATES),
        "defaultResponse": own is None,
        **({"statusCode": status} if status else {}),
    }
