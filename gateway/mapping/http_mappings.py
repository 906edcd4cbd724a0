"""Parameter mappings of HTTP APIs: which there may be ("Transform API requests and responses for
HTTP APIs", API Gateway developer guide)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from gateway import header_rules

MOST_MAPPINGS = 100
"""Poolgate's own bound on the mappings of one integration."""
MOST_VALUE_CHARACTERS = 512
"""The service model's bound of IntegrationParameters."""
STATUSES = range(200, 600)
_ACTIONS = frozenset({"append", "overwrite", "remove"})
_RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
_RESERVED = frozenset(
    {"authorization", "connection", "content-encoding", "content-length", "content-location"}
    | {"forwarded", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te"}
    | {"trailer", "trailers", "transfer-encoding", "upgrade", "via"}
    | {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
    # The gateway's own besides: whom a request is for, and what it waits for.
    | {"host", "expect", "proxy-connection"}
)


class InvalidMapping(ValueError):
    """A mapping that an HTTP API cannot have."""


class Mapped(NamedTuple):
    """One mapping's destination: `append:header.x`, `overwrite:path`, `overwrite:statuscode`."""

    action: str
    place: str
    name: str


def parse_request(destination: str) -> Mapped:
    """Raises `InvalidMapping`."""
    action, place, name = _parts(destination)
    if place == "path" and not name and action == "overwrite":
        return Mapped(action, place, "")
    if place == "querystring" and name:
        return Mapped(action, place, name)
    return _header(destination, action, place, name)


def parse_response(destination: str) -> Mapped:
    """Raises `InvalidMapping`."""
    if destination in {"overwrite:statuscode", "overwrite.statuscode"}:
        return Mapped("overwrite", "statuscode", "")
    return _header(destination, *_parts(destination))


def check_request(mappings: Mapping[str, str]) -> None:
    """Raises `InvalidMapping`."""
    _check_size(mappings)
    for destination, expression in mappings.items():
        parse_request(destination)
        if "response." in expression and re.search(r"\$\{?response\.", expression):
            raise InvalidMapping(f"{destination} maps from a response, which is not there yet")


def check_response(mappings: Mapping[str, Mapping[str, str]]) -> None:
    """By status code. Raises `InvalidMapping`."""
    for status, of_status in mappings.items():
        if not (status.isascii() and status.isdigit() and int(status) in STATUSES):
            raise InvalidMapping(f"{status[:20]!r} is no status code from 200 to 599")
        _check_size(of_status)
        for destination, expression in of_status.items():
            parse_response(destination)
            if re.search(r"\$\{?request\.", expression):
                raise InvalidMapping(f"{destination} maps from the request, not its response")


def _check_size(mappings: Mapping[str, str]) -> None:
    if len(mappings) > MOST_MAPPINGS:
        raise InvalidMapping(f"there are more than {MOST_MAPPINGS} mappings")
    for destination, expression in mappings.items():
        if len(expression) > MOST_VALUE_CHARACTERS:
            raise InvalidMapping(f"the value of {destination} is too long")


def _parts(destination: str) -> tuple[str, str, str]:
    action, colon, rest = destination.partition(":")
    place, _, name = rest.partition(".")
    if not colon or action not in _ACTIONS:
        raise InvalidMapping(
            f"{destination[:100]!r} must begin with append:, overwrite: or remove:"
        )
    return action, place, name


def _header(destination: str, action: str, place: str, name: str) -> Mapped:
    if place != "header" or not header_rules.NAME.fullmatch(name):
        raise InvalidMapping(f"{destination[:100]!r} is no parameter that can be mapped")
    if name.lower() in _RESERVED or name.lower().startswith(_RESERVED_PREFIXES):
        raise InvalidMapping(f"{name} is a reserved header, which cannot be mapped")
    return Mapped(action, place, name)
