"""Which trace a request of a REST API belongs to, as its client and its backend are told. Pure.

X-Amzn-Trace-Id ("Root=1-8 hexadecimal digits of the time-24 of chance") is passed on where the
client sends one, as API Gateway does; `traceparent` (W3C Trace Context) where it is well formed.
Both name the same trace. Nothing is recorded here: the headers let backends record.
"""

from __future__ import annotations

import hashlib
import re

from gateway.context import Headers, Request

TRACE_ID = "x-amzn-trace-id"
TRACEPARENT = "traceparent"
_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_PARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_NAMES = frozenset({TRACE_ID, TRACEPARENT})


def root_of(request: Request) -> str:
    """The trace's id, as X-Amzn-Trace-Id has it: the client's, or one made from the request's."""
    for part in request.headers.get(TRACE_ID, "")[:256].split(";"):
        found = _ROOT.fullmatch(part.strip())
        if found:
            return found[1]
    parent = _PARENT.fullmatch(request.headers.get(TRACEPARENT, ""))
    if parent:
        return f"1-{parent[1][:8]}-{parent[1][8:]}"
    return f"1-{int(request.received_at) & 0xFFFFFFFF:08x}-{_digest(request)[:24]}"


def trace_header(request: Request) -> tuple[str, str]:
    """X-Amzn-Trace-Id of the reply, and of what goes on."""
    return (TRACE_ID, f"Root={root_of(request)}")


def trace_headers(request: Request) -> Headers:
    """What a backend is told of the trace."""
    given = request.headers.get(TRACEPARENT, "")
    trace = root_of(request).replace("-", "")[1:]
    parent = _PARENT.fullmatch(given)
    if parent and parent[1] == trace:
        # The gateway takes no part in the trace itself, so the client's header stays as it is.
        return (trace_header(request), (TRACEPARENT, given))
    return (trace_header(request), (TRACEPARENT, f"00-{trace}-{_digest(request)[24:40]}-00"))


def without_trace(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The client's headers without its own words on the trace, malformed ones too."""
    return [pair for pair in headers if pair[0] not in _NAMES]


def _digest(request: Request) -> str:
    return hashlib.sha256(b"trace " + request.id.encode()).hexdigest()
