"""Reading the body of a WSGI request, bounded, for what stands in front of Flask."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from werkzeug.exceptions import ClientDisconnected


class BodyFault(Enum):
    """What may be wrong with a body before it is looked into."""

    TOO_LARGE = auto()
    BROKEN = auto()
    """It is framed wrongly, came too slowly, or broke off before its end."""


def read_body(environ: Mapping[str, Any], limit: int) -> bytes | BodyFault:
    """The body. Of one that is too large no more than `limit` bytes have been read."""
    try:
        return _read(environ, limit)
    except (OSError, ClientDisconnected):
        return BodyFault.BROKEN


def _read(environ: Mapping[str, Any], limit: int) -> bytes | BodyFault:
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared.isdecimal():
        length = int(declared)
        if length > limit:
            return BodyFault.TOO_LARGE
        body: bytes = environ["wsgi.input"].read(length)
        return body
    if not (environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in environ):
        return b""
    body = environ["wsgi.input"].read(limit + 1)
    return BodyFault.TOO_LARGE if len(body) > limit else body
