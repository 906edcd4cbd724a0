"""Read the body where something needs it, and refuse what is not what the method declares."""

from __future__ import annotations

from gateway.context import Identified, Prepared, Reply, Steps, grown
from gateway.effects import ReadBody
from gateway.mapping.streaming import passes_body


def validate_request(context: Identified) -> Prepared | Steps:
    """The request with its body; without, where the body only passes through."""
    if passes_body(context):
        return grown(Prepared, context)
    return _read(context)


def _read(context: Identified) -> Steps:
    body = yield ReadBody()
    return body if isinstance(body, Reply) else grown(Prepared, context, body=body)
