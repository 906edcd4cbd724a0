"""Where an authorizer finds what identifies a caller: expressions of both kinds of API.

REST APIs write `method.request.header.NAME`, `method.request.querystring.NAME`,
`stageVariables.NAME` and `context.NAME`; HTTP APIs `$request.header.NAME` and so on.
"""

from __future__ import annotations

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
    pairs = parse_qsl(context.request.query, keep_blank_values=True, encoding="latin-1")
    return next((value for key, value in pairs if key == name), "")
