"""JSON bodies: an object, of bounded size and depth, with texts that every database takes."""

from __future__ import annotations

from typing import Any

import orjson

from idp.user_pools.rules.attributes import is_storable

MOST_BYTES = 2 * 1024 * 1024
DEEPEST = 16
"""A bulk request has seven levels."""
LONGEST_NAME = 1024
"""Characters of a member's name. The library reads some of them as paths."""
MOST_ENTRIES = 500
"""Of a body that the library reads as a whole: it takes a hundred times as long as the parser."""
LARGE = 64 * 1024
"""Bytes from which on a body is looked at off the hub."""


class WrongBody(Exception):
    """The text says why."""


def parse(body: bytes) -> dict[str, Any]:
    """An empty body is an empty object: what lacks in it is for the endpoint to say, where there is
    one. Raises `WrongBody`."""
    if not body:
        return {}
    try:
        document = orjson.loads(body)
    except ValueError:
        raise WrongBody("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise WrongBody("The body is not a JSON object.")
    _check(document)
    return document


def _check(document: Any) -> None:
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise WrongBody(f"The body is nested more than {DEEPEST} levels deep.")
        if isinstance(value, str) and not is_storable(value):
            raise WrongBody("The body has characters that cannot be stored.")
        if isinstance(value, dict):
            if any(len(name) > LONGEST_NAME for name in value):
                raise WrongBody("The body has a name that is too long.")
            waiting += [(each, depth + 1) for pair in value.items() for each in pair]
        elif isinstance(value, list):
            waiting += [(each, depth + 1) for each in value]


def entries(document: Any) -> int:
    """How many members and values a document has in all. Its depth is bounded."""
    if isinstance(document, dict):
        return len(document) + sum(entries(each) for each in document.values())
    if isinstance(document, list):
        return len(document) + sum(entries(each) for each in document)
    return 0
