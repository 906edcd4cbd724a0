"""CORS configurations: what is valid, and DeleteCorsConfiguration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from gateway import header_rules, quotas
from gateway.control.errors import ERRORS, Invalid
from gateway.control.http.changes import changes_api
from gateway.control.models import Api
from kernel.aws.operations import Call, Input, OperationFamily

family = OperationFamily("apigatewayv2", errors=ERRORS)

WILDCARD_ORIGINS = frozenset({"*", "http://*", "https://*"})
METHODS = frozenset({"*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@changes_api(family, "DeleteCorsConfiguration")
def delete_cors_configuration(_session: Session, _call: Call, api: Api, _request: Input) -> None:
    api.document = {k: v for k, v in api.document.items() if k != "CorsConfiguration"}


def require_cors(configuration: dict[str, Any]) -> None:
    """Refuse a configuration that browsers could not use, or should not. Raises `Invalid`."""
    if any(isinstance(v, list) and len(v) > quotas.CORS_VALUES for v in configuration.values()):
        raise Invalid(f"A CORS list has at most {quotas.CORS_VALUES} entries")
    origins = configuration.get("AllowOrigins", [])
    for origin in origins:
        if origin not in WILDCARD_ORIGINS and not _is_origin(origin):
            raise Invalid(f"Invalid format for origin {origin}")
    if configuration.get("AllowCredentials") and WILDCARD_ORIGINS & set(origins):
        # Every site could read answers with its visitors' cookies.
        raise Invalid("allow-credentials is not supported if 'allow-origin' is *")
    _require_all(configuration.get("AllowMethods", []), METHODS.__contains__, "method")
    for member in ("AllowHeaders", "ExposeHeaders"):
        _require_all(configuration.get(member, []), header_rules.NAME.fullmatch, "header")


def _require_all(values: Iterable[str], valid: Callable[[str], object], what: str) -> None:
    for value in values:
        if not valid(value):
            raise Invalid(f"Invalid CORS {what} {value}")


def _is_origin(text: str) -> bool:
    """A serialised origin (RFC 6454 §6.1): scheme, host and port, nothing else."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" @*")
    return is_plain and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
