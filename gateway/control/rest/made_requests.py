"""The request that TestInvokeMethod and TestInvokeAuthorizer are about, from their members."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from gateway import header_rules
from gateway.context import Request
from gateway.control.errors import Invalid, Missing
from gateway.control.rest.on_methods import UNKNOWN_METHOD
from gateway.handlers.enforce_quotas import head_bytes
from gateway.paths import RefusedPath, Segments, canonical, segments
from gateway.quotas import PAYLOAD_BYTES, REQUEST_HEAD_BYTES
from gateway.route_tree import METHODS, REQUEST_METHODS
from kernel.aws.operations import Call, Input
from kernel.telemetry.request_ids import new_short_id

MOST_HEADERS = 100
MOST_CONTEXT_CHARACTERS = 1024
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]{0,8192}")
_QUERY = "%&=+!$'()*,;:@/?-._~[]|"


@dataclass(frozen=True)
class Made:
    """A request, its canonical path and its body."""

    request: Request
    path: str
    body: bytes

    @property
    def segments(self) -> Segments:
        return segments(self.path)


def verb_of(request: Input) -> str:
    """What the test is called with; ANY is no method of a request. Raises `Missing`."""
    asked: str = request["httpMethod"]
    if asked not in METHODS:
        raise Missing(UNKNOWN_METHOD)
    if asked != "ANY":
        return asked
    return "POST" if request.get("body") else "GET"


def made_request(call: Call, request: Input, method: str) -> Made:
    """The request that a test is about, as a server would have read it. Raises `Invalid`."""
    path, _, query = (request.get("pathWithQueryString") or "/").partition("?")
    try:
        path = canonical(_latin(path if path.startswith("/") else f"/{path}"))
    except RefusedPath as error:
        raise Invalid(f"Invalid path: {error}") from None
    body = (request.get("body") or "").encode()
    if len(body) > PAYLOAD_BYTES:
        raise Invalid(f"A body has at most {PAYLOAD_BYTES} bytes")
    headers = _headers(request)
    made = Request(
        id=new_short_id(),
        method=method,
        scheme="https",
        host=headers.get("host") or f"{request['restApiId']}.execute-api.{call.region}",
        target_bytes=len(path) + len(query),
        query=quote(query, safe=_QUERY),
        headers=headers,
        client_address=call.source_ip,
        content_length=len(body) or None,
        received_at=call.kernel.clock.time(),
    )
    if head_bytes(made) > REQUEST_HEAD_BYTES:
        raise Invalid(f"A request's line and headers have at most {REQUEST_HEAD_BYTES} bytes")
    return Made(made, path, body)


def with_context(made: Made, additional: Mapping[str, str]) -> Made:
    """The request of which `$context` says these things: wherever an authorizer looks, in its
    identity sources and in its event, it finds them. Raises `Invalid` for variables that no request
    decides: the others are said by the API, its test stage and the authorizer itself."""
    request = made.request
    for name, value in additional.items():
        change = _CONTEXT.get(name)
        if change is None:
            known = ", ".join(_CONTEXT)
            raise Invalid(f"Invalid additionalContext {name[:128]}. Must be one of: [{known}]")
        if not value or not _VALUE.fullmatch(value) or len(value) > MOST_CONTEXT_CHARACTERS:
            raise Invalid(f"Invalid additionalContext value for {name}")
        request = change(request, _latin(value))
    return replace(made, request=request)


def _called_by(request: Request, method: str) -> Request:
    if method not in REQUEST_METHODS:
        raise Invalid(f"Invalid additionalContext value for httpMethod: {method[:64]}")
    return replace(request, method=method)


def _from_address(request: Request, address: str) -> Request:
    try:
        return replace(request, client_address=str(ipaddress.ip_address(address)))
    except ValueError:
        raise Invalid("Invalid additionalContext value for identity.sourceIp") from None


_CONTEXT: Mapping[str, Callable[[Request, str], Request]] = {
    "domainName": lambda request, name: replace(request, host=name),
    "httpMethod": _called_by,
    "identity.sourceIp": _from_address,
    "identity.userAgent": lambda request, agent: replace(
        request, headers={**request.headers, "user-agent": agent}
    ),
    "protocol": lambda request, protocol: replace(request, protocol=protocol),
}


def _headers(request: Input) -> dict[str, str]:
    """By lower-case name; several values of one are joined, as a server joins them."""
    given: dict[str, list[str]] = {}
    for name, value in (request.get("headers") or {}).items():
        given[name.lower()] = [value]
    for name, values in (request.get("multiValueHeaders") or {}).items():
        given[name.lower()] = list(values)
    if len(given) > MOST_HEADERS:
        raise Invalid(f"A request has at most {MOST_HEADERS} headers")
    for name, values in given.items():
        if not header_rules.NAME.fullmatch(name) or not all(
            _VALUE.fullmatch(value) for value in values
        ):
            raise Invalid(f"Invalid header: {name[:128]}")
    joined = {
        name: ("; " if name == "cookie" else ",").join(map(_latin, values))
        for name, values in given.items()
    }
    return {name: value for name, value in joined.items() if name != "content-length"}


def _latin(text: str) -> str:
    """Text as HTTP/1.1 carries it."""
    return text.encode("utf-8", "replace").decode("latin-1")
