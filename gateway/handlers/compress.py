"""Compress the reply of a REST API for a client that takes it so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.compression import chosen_coding, is_worth_it
from gateway.context import Headers, Located, Received, Reply, Steps
from gateway.effects import Compress

_VARY = ("vary", "Accept-Encoding")


def compress(context: Received, reply: Reply) -> Reply | Steps:
    """The reply as it is sent; the rest of the chain knows it uncompressed."""
    rest = context.stage.rest if isinstance(context, Located) else None
    if rest is None or rest.minimum_compression_size is None:
        return reply
    if not is_worth_it(reply, rest.minimum_compression_size):
        return reply
    coding = chosen_coding(context.request.headers.get("accept-encoding", ""))
    return _compressed(reply, coding) if coding else _with(reply, reply.body, _VARY)


def _compressed(reply: Reply, coding: str) -> Steps:
    body = yield Compress(reply.body if isinstance(reply.body, bytes) else b"", coding)
    return _with(reply, body, ("content-encoding", coding), _VARY)


def _with(reply: Reply, body: bytes | Iterable[bytes], *more: tuple[str, str]) -> Reply:
    dropped = {"content-length", *(name for name, _ in more)} - {"vary"}
    headers: Headers = tuple(pair for pair in reply.headers if pair[0].lower() not in dropped)
    return replace(reply, headers=(*headers, *more), body=body)
