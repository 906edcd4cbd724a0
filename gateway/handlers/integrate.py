"""Turn the request into the one that its integration gets (HTTP_PROXY)."""

from __future__ import annotations

from gateway.context import Address, Forward, Identified, Reply, Request
from gateway.header_rules import for_upstream, without_our_cookies
from gateway.integrations.message import UpstreamRequest
from gateway.replies import INTERNAL_SERVER_ERROR
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import MAXIMUM_TIMEOUT_MILLISECONDS, HttpProxyIntegration

VIA = "HTTP/1.1 Poolgate"


def integrate(context: Identified) -> Forward | Reply:
    """The upstream request of a route.

    "When the $default route receives a request, API Gateway sends the full request path to the
    integration" (developer guide, "Working with the $default route"); other routes send what
    their URI says.
    """
    request, route = context.request, context.route
    target, endpoint = route.target, context.stage.endpoints.get(route.key)
    if endpoint is None or not isinstance(target, HttpProxyIntegration):
        return INTERNAL_SERVER_ERROR
    suffix = context.address.path if route.key == DEFAULT_KEY else ""
    return Forward(
        UpstreamRequest(
            origin=endpoint.origin,
            method=request.method if target.method == "ANY" else target.method,
            target=endpoint.target(context.match.variables, request.query, suffix),
            headers=(*_headers(request, context.address), *forwarded(request)),
            timeout=min(target.timeout_ms, MAXIMUM_TIMEOUT_MILLISECONDS) / 1000,
            authority=endpoint.authority,
            content_length=request.content_length,
            is_chunked=request.is_chunked,
        )
    )


def forwarded(request: Request) -> tuple[tuple[str, str], ...]:
    """Who asked, in the standard form (RFC 7239) and in the customary one, and through whom."""
    client, host, scheme = request.client_address, request.host, request.scheme
    via = request.headers.get("via")
    node = f'"[{client}]"' if ":" in client else client or "unknown"
    quoted = '"' + host.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        ("forwarded", f"for={node};host={quoted};proto={scheme}"),
        ("x-forwarded-for", client),
        ("x-forwarded-host", host),
        ("x-forwarded-proto", scheme),
        ("via", f"{via}, {VIA}" if via else VIA),
    )


def _headers(request: Request, address: Address) -> list[tuple[str, str]]:
    headers = for_upstream(request.headers)
    if address.shares_origin and "cookie" in request.headers:
        ours_removed = without_our_cookies(request.headers["cookie"])
        headers = [pair for pair in headers if pair[0] != "cookie"]
        headers += [("cookie", ours_removed)] if ours_removed else []
    return headers
