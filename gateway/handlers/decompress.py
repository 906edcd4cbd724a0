"""Take a request's body out of its content coding, where a REST API turned compression on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from gateway.compression import CODINGS
from gateway.context import Identified, Reply
from gateway.effects import Decompress, Effect

Plain = tuple[Identified, bytes]


def decompress(context: Identified, body: bytes) -> Generator[Effect, Any, Plain | Reply]:
    """The request without its coding, and its body; both as they are where there is none."""
    rest = context.stage.rest
    headers = context.request.headers
    coding = headers.get("content-encoding", "").strip().lower()
    if rest is None or rest.minimum_compression_size is None or coding not in CODINGS or not body:
        return context, body
    plain = yield Decompress(body, coding)
    if isinstance(plain, Reply):
        return plain
    kept = {name: text for name, text in headers.items() if name != "content-encoding"}
    request = replace(context.request, headers=kept, content_length=len(plain))
    return replace(context, request=request), plain
