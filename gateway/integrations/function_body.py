"""A request's body as events carry it: text, or base64 where it is binary."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from gateway.context import Request
from gateway.mapping import media_types
from gateway.mapping.content_handling import is_binary

_TEXT = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/xml",
    }
)


def body_members(body: bytes, *, is_binary: bool) -> dict[str, Any]:
    """`body` and `isBase64Encoded`; a request without a body has `null` there."""
    if is_binary and body:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    text = body.decode("utf-8", "replace") if body else None
    return {"body": text, "isBase64Encoded": False}


def is_binary_type(request: Request, binary_media_types: Iterable[str]) -> bool:
    """Whether a REST API that lists these types takes a request's body for binary."""
    return is_binary(request.headers.get("content-type", media_types.JSON), binary_media_types)


def is_binary_body(request: Request, body: bytes) -> bool:
    """Whether an HTTP API takes a body for binary: what is no text by its type or its bytes."""
    if request.headers.get("content-encoding", "identity") != "identity":
        return True
    essence = media_types.essence(request.headers.get("content-type", ""))
    is_text = essence in _TEXT or essence.startswith("text/") or essence.endswith(("+json", "+xml"))
    if not is_text and essence:
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False
