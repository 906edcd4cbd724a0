"""Which replies are kept, under which key, and in which form. Pure rules.

API Gateway developer guide, "Cache settings for REST APIs in API Gateway". Decided here where AWS
leaves room, always towards keeping less: the path's own values and, behind an authorizer or with
credentials, the caller are part of every key; `private`, `no-store`, `Set-Cookie` and `Vary` on
anything but the coding keep a reply out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl

import orjson

from gateway.authorizers.identity_sources import identity_of
from gateway.context import Headers, Identified, Prepared, Reply
from gateway.effects import Entry
from gateway.mapping.streaming import streams
from gateway.snapshot import (
    Authorizer,
    Caching,
    FunctionAuthorizer,
    IamAuthorizer,
    RestIntegration,
)

MOST_ENTRY_BYTES = 1024 * 1024
"""Quotas of API Gateway: "The maximum size of a response that can be cached is 1048576 bytes"."""

_STATUSES = frozenset({200, 203, 204, 300, 301, 308, 404, 410})
"""Cacheable by default (RFC 9110 §15.1), partial content aside."""

_NEVER = frozenset({"no-store", "private", "no-cache"})
_TURNING = (
    *("x-http-method-override", "x-http-method", "x-method-override", "x-host", "origin"),
    # Which address the gateway tells backends of, and which template it chooses itself.
    *("host", "content-type"),
)
"""Headers that make backends give another reply to the same address, often without `Vary`."""
_OWN_HEADERS = frozenset({"x-amzn-requestid", "x-amz-apigw-id", "apigw-requestid"})


def packed(entry: Entry) -> bytes:
    """An entry for a store; `unpacked` reads it."""
    head = orjson.dumps([entry.status, entry.headers, entry.kept_at, entry.fresh_until])
    return head + b"\n" + entry.body


def unpacked(content: bytes) -> Entry:
    """An entry from a store."""
    head, _, body = content.partition(b"\n")
    status, headers, kept_at, fresh_until = orjson.loads(head)
    pairs = tuple((name, text) for name, text in headers)
    return Entry(status, pairs, body, kept_at, fresh_until)


def caching_of(context: Identified) -> Caching | None:
    """How the route keeps replies, if at all.

    "When you turn on caching for a stage, only GET methods have caching enabled by default";
    another method needs a setting of its own. What streams is not kept: with it "endpoint caching"
    is not supported ("Stream the integration response", developer guide).
    """
    caching = context.stage.settings_of(context.route.key).caching
    if caching is None or caching.ttl <= 0 or streams(context):
        return None
    has_own = context.api.protocol == "REST" and context.route.key in context.stage.settings
    return caching if context.request.method == "GET" or has_own else None


def key_of(context: Prepared, caching: Caching) -> str:
    """A digest over everything that a reply depends on; each part with its length."""
    digest = hashlib.sha256()
    for part in _parts(context, caching):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return f"{prefix_of(context.api.api_id, context.stage.name)}{digest.hexdigest()}"


def prefix_of(api_id: str, stage: str) -> str:
    """What the keys of a stage begin with."""
    return f"gateway/cache/{api_id}/{stage}/"


def _parts(context: Prepared, caching: Caching) -> Iterator[str]:
    target = context.route.target
    namespace = target.cache_namespace if isinstance(target, RestIntegration) else ""
    yield from (namespace or context.route.key, context.stage.deployment_id)
    # A canary may serve the same deployment with other variables.
    yield "canary" if context.stage.is_canary else ""
    # Backends redirect by the scheme: to https, where that would lead in a circle.
    yield from (context.request.scheme, context.request.method, context.address.path)
    yield hashlib.sha256(context.body).hexdigest() if context.body else ""
    for name in _TURNING:
        yield context.request.headers.get(name, "")
    if isinstance(target, RestIntegration):
        for name in sorted(target.cache_key_parameters):
            # One part, whose values are told apart: `a=b&b=` is not `a=&b=b`.
            values = list(_values(context, name.removeprefix("method.request.")))
            yield orjson.dumps([name, values]).decode()
        if _asks_what_is_accepted(context, target):
            yield context.request.headers.get("accept", "")
    else:
        # Routes of HTTP APIs name no parameters: the backend gets the whole query.
        yield context.request.query
    if not caching.shared:
        yield from _identity(context)


def _asks_what_is_accepted(context: Identified, target: RestIntegration) -> bool:
    """Whether the form of the reply depends on `Accept`: bytes or their base64, or a template."""
    rest = context.stage.rest
    is_binary = rest is not None and bool(rest.binary_media_types)
    return is_binary or any(len(each.templates) > 1 for each in target.responses)


def _values(context: Identified, name: str) -> Iterator[str]:
    place, _, member = name.partition(".")
    if place in ("querystring", "multivaluequerystring"):
        pairs = parse_qsl(context.request.query, keep_blank_values=True, encoding="latin-1")
        yield from (text for key, text in pairs if key == member)
    elif place in ("header", "multivalueheader"):
        yield context.request.headers.get(member.lower(), "")
    elif place == "path":
        yield context.match.variables.get(member, "")


def _identity(context: Identified) -> Iterator[str]:
    """Who asks, where anything tells callers apart."""
    headers, caller = context.request.headers, context.caller
    yield context.key.id if context.key is not None else ""
    if context.route.authorizer is not None:
        for source in _sources(context.route.authorizer):
            yield identity_of(context, source)
        yield from (caller.principal_id, caller.arn, orjson.dumps(dict(caller.context)).decode())
        yield from (str(context.claims.get(name, "")) for name in ("iss", "sub", "client_id"))
        yield str(context.claims.get("origin_jti", ""))
    yield from (headers.get("authorization", ""), headers.get("cookie", ""))
    certificate = context.request.client_certificate
    yield certificate.pem if certificate else ""


def _sources(authorizer: Authorizer) -> tuple[str, ...]:
    """Where what identified the caller stands: an answer to one token is not one to another."""
    if isinstance(authorizer, FunctionAuthorizer):
        return authorizer.identity_sources
    return () if isinstance(authorizer, IamAuthorizer) else (authorizer.identity_source,)


def asks_for_fresh(context: Identified) -> bool:
    """Whether the client wants the entry replaced: `Cache-Control: max-age=0`."""
    return "max-age=0" in _directives(context.request.headers.get("cache-control", ""))


def entry_of(reply: Reply, caching: Caching, now: float) -> Entry | None:
    """The reply as it is kept; None where it must not be."""
    if not isinstance(reply.body, bytes) or len(reply.body) > MOST_ENTRY_BYTES:
        return None
    if reply.status not in _STATUSES or reply.kind or not _may_be_kept(reply.headers):
        return None
    headers = tuple(pair for pair in reply.headers if pair[0].lower() not in _OWN_HEADERS)
    return Entry(reply.status, headers, reply.body, now, now + caching.ttl)


def _may_be_kept(headers: Headers) -> bool:
    for name, text in headers:
        lower = name.lower()
        if lower == "set-cookie":
            return False
        # In the coding that the first client took; the next one may not.
        if lower == "content-encoding" and text.strip().lower() != "identity":
            return False
        if lower in ("cache-control", "x-amzn-remapped-cache-control"):
            # With names of fields, `private="x-mine"`, they hold for the whole reply here.
            if _NEVER & {each.partition("=")[0] for each in _directives(text)}:
                return False
        elif lower == "vary" and _directives(text) - {"accept-encoding"}:
            return False
    return True


def _directives(text: str) -> set[str]:
    return {part.strip().lower().replace(" ", "") for part in text.split(",") if part.strip()}
