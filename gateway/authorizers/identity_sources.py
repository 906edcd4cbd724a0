"""Where an authorizer finds what identifies a caller: expressions of both kinds of API.

REST APIs write `method.request.header.NAME`, `method.request.querystring.NAME`,
`stageVariables.NAME` and `context.NAME`; HTTP APIs `$request.header.NAME` and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from gateway.addresses import hostname
from gateway.context import Routed
from gateway.mapping.context_variables import READERS, variable

_CONTEXT: dict[str, Callable[[Routed], str]] = {
    "apiId": lambda routed: routed.api.api_id,
    "domainName": lambda routed: hostname(routed.request.host),
    "httpMethod": lambda routed: routed.request.method,
    "identity.sourceIp": lambda routed: routed.request.client_address,
    "identity.userAgent": lambda routed: routed.request.headers.get("user-agent", ""),
    "path": lambda routed: routed.address.path,
    "resourcePath": lambda routed: routed.route.key.partition(" ")[2],
    "routeKey": lambda routed: routed.route.key,
    "stage": lambda routed: routed.stage.name,
}
"""The variables that may identify a caller and are known before there is one."""
_CERTIFICATE = "identity.clientCert."


def value_of(context: Routed, source: str) -> str:
    """What an expression finds in a request; empty where there is nothing."""
    kind, _, name = source.removeprefix("$").removeprefix("method.").partition(".")
    if kind == "request":
        place, _, name = name.partition(".")
        if place == "header":
            return context.request.headers.get(name.lower(), "")
        return _query(context, name)
    if kind == "stageVariables":
        return context.stage.variables.get(name, "")
    if kind == "context" and name.startswith(_CERTIFICATE):
        return str(variable(context, name) or "")
    reader = _CONTEXT.get(name)
    return reader(context) if kind == "context" and reader else ""


def identity_of(context: Routed, source: str) -> str:
    """An expression with all that it finds, for keys of what is remembered of a caller.

    A query may name a parameter twice, and of its values a function may look at another one than
    `value_of` does.
    """
    _, is_query, name = source.partition("request.querystring.")
    values = _query_values(context, name) if is_query else [value_of(context, source)]
    return json.dumps([source, *values])


def is_known(source: str) -> bool:
    """Whether `value_of` can find something for the expression."""
    kind, _, name = source.removeprefix("$").removeprefix("method.").partition(".")
    if kind == "request":
        place, _, name = name.partition(".")
        return place in ("header", "querystring") and bool(name)
    if kind == "context":
        return name in _CONTEXT or (name.startswith(_CERTIFICATE) and name in READERS)
    return kind == "stageVariables" and bool(name)


def _query(context: Routed, name: str) -> str:
    return next(iter(_query_values(context, name)), "")


def _query_values(context: Routed, name: str) -> list[str]:
    pairs = parse_qsl(context.request.query, keep_blank_values=True, encoding="latin-1")
    return [value for key, value in pairs if key == name]
