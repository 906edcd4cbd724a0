"""Binary payloads, and their conversion from and to base64 ("Content type conversions in API
Gateway", developer guide)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from gateway.mapping.media_types import essence, fits

TO_BINARY = "CONVERT_TO_BINARY"
TO_TEXT = "CONVERT_TO_TEXT"


class NotBase64(ValueError):
    """A text that was to become binary is not base64."""


def is_binary(content_type: str, binary_media_types: Iterable[str]) -> bool:
    """Whether an API takes a content type for binary."""
    kind = essence(content_type)
    return any(fits(kind, essence(each)) for each in binary_media_types)


def convert_request(body: bytes, handling: str, *, binary: bool) -> bytes:
    """A client's body as its integration, or its template, gets it. Raises `NotBase64`."""
    if handling == TO_TEXT and binary:
        return base64.b64encode(body)
    return _decoded(body) if handling == TO_BINARY and not binary else body


def convert_response(body: bytes, handling: str, *, binary: bool, accepts_binary: bool) -> bytes:
    """An integration's body as the client gets it. Raises `NotBase64`.

    `accepts_binary` says whether the first type of the client's Accept header is a binary one.
    """
    if handling == TO_TEXT:
        return base64.b64encode(body) if binary else body
    if handling == TO_BINARY:
        return body if binary else _decoded(body)
    if binary:
        return body if accepts_binary else base64.b64encode(body)
    return _decoded(body) if accepts_binary else body


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(body.strip(), validate=True)
    except binascii.Error:
        raise NotBase64("the body is not base64") from None
