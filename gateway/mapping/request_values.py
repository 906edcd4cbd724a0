"""The parameters of a client's request as mappings, templates and validators read them.

All are wire text, decoded from their percent-encoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from gateway.context import Request, Routed

Values = Mapping[str, list[str]]


@lru_cache(256)
def query_values(query: str) -> Values:
    """The query string's parameters in their order, each with all its values."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, encoding="latin-1"):
        values.setdefault(name, []).append(value)
    return values


def query_value(request: Request, name: str) -> str | None:
    """The last value of a query parameter, as AWS chooses among several."""
    values = query_values(request.query).get(name)
    return values[-1] if values else None


def header_value(request: Request, name: str) -> str | None:
    """A header's value; names compare without case."""
    return request.headers.get(name.lower())


def path_value(context: Routed, name: str) -> str | None:
    """A path variable's value, decoded."""
    spelled = context.match.variables.get(name)
    return None if spelled is None else unquote(spelled, "latin-1")
