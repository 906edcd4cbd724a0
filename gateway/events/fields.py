"""Header fields and query parameters as events show them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from gateway.context import Request, Routed
from gateway.header_rules import HOP_BY_HOP, is_gateways_word, named_by_connection
from gateway.tracing import NAMES as _TRACE
from gateway.tracing import is_traced, names_trace, trace_headers


def field_pairs(context: Routed) -> list[tuple[str, str]]:
    """The fields in their order, names in the client's case where the server knows it."""
    request = context.request
    named = named_by_connection(request.headers.get("connection", ""))
    dropped = HOP_BY_HOP | _TRACE | named
    pairs = [
        (name, value)
        for name, value in _sent(request)
        if name.lower() not in dropped and not is_gateways_word(name.lower())
    ]
    return [*pairs, *_ours(request), *_trace(context)]


def _trace(context: Routed) -> list[tuple[str, str]]:
    """X-Amzn-Trace-Id, which every event has; in W3C's form where someone takes part in a trace."""
    (_, trace_id), *w3c = trace_headers(context)
    is_told = names_trace(context.request) or is_traced(context)
    return [("X-Amzn-Trace-Id", trace_id), *(w3c if is_told else ())]


def _sent(request: Request) -> list[tuple[str, str]]:
    if not request.field_lines:
        return list(request.headers.items())
    split = (line.partition(":") for line in request.field_lines)
    # A name that the server left out of the environment is left out here as well.
    return [
        (name, value.strip(" \t")) for name, _, value in split if name.lower() in request.headers
    ]


def _ours(request: Request) -> list[tuple[str, str]]:
    port = request.host.rpartition(":")[2]
    default = "443" if request.scheme == "https" else "80"
    return [
        ("X-Forwarded-For", request.client_address),
        ("X-Forwarded-Port", port if port.isdigit() else default),
        ("X-Forwarded-Proto", request.scheme),
    ]


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """The decoded query parameters in their order; text is UTF-8 as far as it is."""
    return parse_qsl(request.query, keep_blank_values=True, errors="replace")


def single(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The last value of each name."""
    return dict(pairs)


def grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """All values of each name."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The values of each name, joined by commas."""
    return {name: ",".join(values) for name, values in grouped(pairs).items()}
