"""Which trace a request belongs to, as its client and its backend are told. Pure.

X-Amzn-Trace-Id (`Root=1-8 hexadecimal digits of the time-24 of chance`) and `traceparent` (W3C
Trace Context) name the same trace. The client's trace is continued where its header is well formed,
and one is made where there is none; whatever else a client says in these headers goes no further.

A stage without `tracingEnabled` hands the trace on as it is. One with it takes part: the backend is
told the gateway's own part as its parent, and whether the trace is sampled: as the client says, and
where it says nothing, yes.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from gateway.context import Headers, Located, Request
from kernel.values import value

TRACE_ID = "x-amzn-trace-id"
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
LONGEST_HEADER = 512
"""Characters of an X-Amzn-Trace-Id or `tracestate` that are read; W3C: "at least 512"."""

_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_SPAN = re.compile(r"[0-9a-f]{16}")
# A later version may append further fields (Trace Context §3.2.4); of 00 there are four.
_PARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?"
)
NAMES = frozenset({TRACE_ID, TRACEPARENT, TRACESTATE})


@value
class Trace:
    """A trace, and the part of it that a request comes from."""

    id: str
    """32 hexadecimal digits."""
    parent: str = ""
    """16 hexadecimal digits; empty where the client named none."""
    sampled: bool | None = None
    """None where the client leaves it open."""
    state: str = ""
    """`tracestate`, which goes with a client's `traceparent` alone."""

    @property
    def root(self) -> str:
        return f"1-{self.id[:8]}-{self.id[8:]}"


def trace_of(request: Request) -> Trace:
    """The client's trace by either header, X-Amzn-Trace-Id first; or a new one."""
    if request.span:
        return _of_span(request)
    return _theirs(request) or _made(request)


def root_of(request: Request) -> str:
    """The trace's id, as X-Amzn-Trace-Id has it."""
    return trace_of(request).root


def is_traced(context: object) -> bool:
    """Whether the request's stage takes part in traces."""
    rest = context.stage.rest if isinstance(context, Located) else None
    return rest is not None and rest.tracing


def reply_header(context: object, request: Request) -> tuple[str, str]:
    """X-Amzn-Trace-Id of the reply."""
    trace = trace_of(request)
    text = f"Root={trace.root}"
    return (TRACE_ID, f"{text};Sampled={_sampled(trace):d}" if is_traced(context) else text)


def trace_headers(context: Located) -> Headers:
    """What a backend is told of the trace."""
    request = context.request
    trace = trace_of(request)
    if is_traced(context):
        trace = Trace(trace.id, span_of(request), _sampled(trace), trace.state)
    parent = trace.parent or span_of(request)
    headers = (
        (TRACE_ID, _amazon_header(trace)),
        (TRACEPARENT, f"00-{trace.id}-{parent}-{trace.sampled or False:02x}"),
    )
    return (*headers, (TRACESTATE, trace.state)) if trace.state else headers


def with_trace(context: Located, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The client's headers, with the gateway's words on the trace instead of its own."""
    return [*(pair for pair in headers if pair[0].lower() not in NAMES), *trace_headers(context)]


def parent_of(request: Request) -> dict[str, str]:
    """The client's trace in W3C's form; empty where the client names none."""
    trace = _theirs(request)
    if trace is None:
        return {}
    parent = trace.parent or span_of(request)
    headers = {TRACEPARENT: f"00-{trace.id}-{parent}-{_sampled(trace):02x}"}
    return {**headers, TRACESTATE: trace.state} if trace.state else headers


def names_trace(request: Request) -> bool:
    """Whether the client says anything about a trace, or a tracer records one."""
    headers = request.headers
    return TRACE_ID in headers or TRACEPARENT in headers or bool(request.span)


def span_of(request: Request) -> str:
    """The gateway's own part of the trace: 16 hexadecimal digits."""
    return _of_span(request).parent if request.span else _digest(request)[24:40]


def _sampled(trace: Trace) -> bool:
    return trace.sampled is not False


def _amazon_header(trace: Trace) -> str:
    text = f"Root={trace.root}"
    if trace.parent:
        text += f";Parent={trace.parent}"
    return text if trace.sampled is None else f"{text};Sampled={trace.sampled:d}"


def _amazon(text: str) -> Trace | None:
    """The trace of an X-Amzn-Trace-Id, whose fields may come in any order."""
    if len(text) > LONGEST_HEADER:
        return None
    pairs = (field.strip().partition("=") for field in text.split(";"))
    fields = {name: given for name, _, given in pairs}
    root = _ROOT.fullmatch(fields.get("Root", ""))
    # W3C knows no trace of zeros, and both headers name the same one.
    if root is None or not (root[1] + root[2]).strip("0"):
        return None
    parent = fields.get("Parent", "")
    is_span = _SPAN.fullmatch(parent) and parent.strip("0")
    sampled = {"0": False, "1": True}.get(fields.get("Sampled", ""))
    return Trace(root[1] + root[2], parent if is_span else "", sampled)


def _w3c(request: Request) -> Trace | None:
    found = _PARENT.fullmatch(request.headers.get(TRACEPARENT, ""))
    if found is None or (found[1] == "00" and found[5]):
        return None
    state = request.headers.get(TRACESTATE, "")
    is_sendable = len(state) <= LONGEST_HEADER and state.isascii() and state.isprintable()
    return Trace(found[2], found[3], bool(int(found[4], 16) & 1), state if is_sendable else "")


def _of_span(request: Request) -> Trace:
    """The trace that this process records, with the `tracestate` that the client's had."""
    _, trace_id, span_id, flags = request.span.split("-", 3)
    theirs = _theirs(request)
    state = theirs.state if theirs is not None and theirs.id == trace_id else ""
    return Trace(trace_id, span_id, bool(int(flags[:2], 16) & 1), state)


def _theirs(request: Request) -> Trace | None:
    amazon = _amazon(request.headers.get(TRACE_ID, ""))
    w3c = _w3c(request)
    return w3c if amazon is None or (w3c is not None and amazon.id == w3c.id) else amazon


def _made(request: Request) -> Trace:
    return Trace(f"{int(request.received_at) & 0xFFFFFFFF:08x}{_digest(request)[:24]}")


def _digest(request: Request) -> str:
    return _digest_of(request.id)


@lru_cache(256)
def _digest_of(request_id: str) -> str:
    """Asked for several times while a request is served."""
    return hashlib.sha256(b"trace " + request_id.encode()).hexdigest()
