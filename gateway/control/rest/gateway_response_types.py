"""The 21 gateway responses that every REST API has, and what shows where one is not set. Pure.

DEFAULT_4XX and DEFAULT_5XX, once set, show through on every type of their class that is not set
itself, as was seen in AWS's own answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.control.documents import Document
from gateway.rest.gateway_responses import DEFAULT_TEMPLATES, default_status


def shown(kind: str, given: Mapping[str, Mapping[str, Any]]) -> Document:
    """The gateway response of a type, of an API that has set some: as AWS shows it."""
    own = given.get(kind)
    usual = default_status(kind)
    default = given.get(f"DEFAULT_{usual // 100}XX", {}) if usual else {}
    settings = default if own is None else own
    status = settings.get("statusCode") or (str(usual) if usual else None)
    return {
        "responseType": kind,
        "responseParameters": settings.get("responseParameters", {}),
        "responseTemplates": settings.get("responseTemplates") or dict(DEFAULT_TEMPLATES),
        "defaultResponse": own is None,
        **({"statusCode": status} if status else {}),
    }
