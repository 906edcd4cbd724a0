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

from gateway.context import Headers, Identified, Reply
from gateway.effects import Entry
from gateway.snapshot import Caching, RestIntegration

MOST_ENTRY_BYTES = 1024 * 1024
"""Quotas of API Gateway: "The maximum size of a response that can be cached is 1048576 bytes"."""

_STATUSES = frozenset({200, 203, 204, 300, 301, 308, 404, 410})
"""Cacheable by default (RFC 9110 §15.1), partial content aside."""

_NEVER = frozenset({"no-store", "private", "no-cache"})
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
    another method needs a setting of its own.
    """
    caching = context.stage.settings_of(context.route.key).caching
    if caching is None or caching.ttl <= 0:
        return None
    has_own = context.route.key in context.stage.settings
    return caching if context.request.method == "GET" or has_own else None


def key_of(context: Identified, caching: Caching) -> str:
    """A digest over everything that a reply depends on; each part with its length."""
    digest = hashlib.sha256()
    for part in _parts(context, caching):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return f"{prefix_of(context.api.api_id, context.stage.name)}{digest.hexdigest()}"


def prefix_of(api_id: str, stage: str) -> str:
    """What the keys of a stage begin with."""
    return f"gateway/cache/{api_id}/{stage}/"


def _parts(context: Identified, caching: Caching) -> Iterator[str]:
    target = context.route.target
    namespace = target.cache_namespace if isinstance(target, RestIntegration) else ""
    yield from (namespace or context.route.key, context.stage.deployment_id)
    yield from (context.request.method, context.address.path)
    names = target.cache_key_parameters if isinstance(target, RestIntegration) else ()
    for name in sorted(names):
        yield name
        yield from _values(context, name.removeprefix("method.request."))
    if not caching.shared:
        yield from _identity(context)


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
    if context.route.authorizer is not None:
        yield from (caller.principal_id, caller.arn, orjson.dumps(dict(caller.context)).decode())
        yield from (str(context.claims.get(name, "")) for name in ("iss", "sub", "client_id"))
        yield str(context.claims.get("origin_jti", ""))
    yield from (headers.get("authorization", ""), headers.get("cookie", ""))
    certificate = context.request.client_certificate
    yield certificate.pem if certificate else ""


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
        if lower in ("cache-control", "x-amzn-remapped-cache-control"):
            if _NEVER & _directives(text):
                return False
        elif lower == "vary" and _directives(text) - {"accept-encoding"}:
            return False
    return True


def _directives(text: str) -> set[str]:
    return {part.strip().lower().replace(" ", "") for part in text.split(",") if part.strip()}
