"""Carries out the parameter mappings of HTTP APIs, on a request or on a reply."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.context import Headers, Identified
from gateway.mapping.http_expressions import (
    path_source,
    request_source,
    response_source,
    value_of,
)
from gateway.mapping.http_mappings import STATUSES, parse_request, parse_response
from gateway.mapping.parameters import query_text
from gateway.mapping.request_values import query_values
from gateway.mapping.wire_text import field_value
from gateway.paths import canonical
from kernel.values import value

Pairs = list[tuple[str, str]]


@value
class MappedRequest:
    """What goes upstream. `path` is None where the integration's own holds."""

    headers: Headers
    query: str
    path: str | None


def map_request(
    context: Identified, mappings: Mapping[str, str], headers: Headers, body: bytes = b""
) -> MappedRequest:
    """A request changed by its mappings, in their order. Raises `RefusedPath` for a path that the
    client's values made dangerous."""
    source = request_source(context, body)
    query = [
        (name, each)
        for name, found in query_values(context.request.query).items()
        for each in found
    ]
    pairs: Pairs = list(headers)
    path = None
    changes_query = False
    for destination, expression in mappings.items():
        action, place, name = parse_request(destination)
        if place == "path":
            found = value_of(expression, path_source(context, source))
            path = path if found is None else canonical(f"/{found.lstrip('/')}")
        elif place == "querystring":
            query = _changed(query, action, name, value_of(expression, source))
            changes_query = True
        else:
            pairs = _changed_header(pairs, action, name, value_of(expression, source))
    return MappedRequest(
        tuple(pairs), query_text(query) if changes_query else context.request.query, path
    )


def map_response(
    context: Identified,
    mappings: Mapping[str, str],
    status: int,
    headers: Headers,
    body: bytes = b"",
) -> tuple[int, Headers]:
    """A reply's status and headers, changed by the mappings for the status that it has."""
    source = response_source(context, status, headers, body)
    pairs: Pairs = list(headers)
    for destination, expression in mappings.items():
        action, place, name = parse_response(destination)
        found = value_of(expression, source)
        if place == "statuscode":
            status = _status(found) or status
        else:
            pairs = _changed_header(pairs, action, name, found)
    return status, tuple(pairs)


def _changed_header(pairs: Pairs, action: str, name: str, found: str | None) -> Pairs:
    value = None if found is None else field_value(found)
    return _changed(pairs, action, name, value, ignores_case=True)


def _changed(
    pairs: Pairs, action: str, name: str, found: str | None, *, ignores_case: bool = False
) -> Pairs:
    """A list of parameters after one mapping; a value that is missing changes nothing."""

    def is_it(other: str) -> bool:
        return other.lower() == name.lower() if ignores_case else other == name

    if action == "remove":
        return [pair for pair in pairs if not is_it(pair[0])]
    if found is None:
        return pairs
    kept = pairs if action == "append" else [pair for pair in pairs if not is_it(pair[0])]
    return [*kept, (name, found)]


def _status(found: str | None) -> int | None:
    text = (found or "").strip()
    is_status = text.isascii() and text.isdigit() and len(text) == 3 and int(text) in STATUSES
    return int(text) if is_status else None
