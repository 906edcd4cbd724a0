"""HTTP_PROXY of HTTP APIs: the request as it came, to the route's endpoint and back, streamed."""

from __future__ import annotations

from gateway.context import Forward, Identified, Reply
from gateway.integrations.forwarding import client_headers, forwarded
from gateway.integrations.message import UpstreamRequest
from gateway.replies import INTERNAL_SERVER_ERROR
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import MAXIMUM_TIMEOUT_MILLISECONDS, HttpProxyIntegration


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
            headers=(*client_headers(request, context.address), *forwarded(request)),
            timeout=min(target.timeout_ms, MAXIMUM_TIMEOUT_MILLISECONDS) / 1000,
            authority=endpoint.authority,
            content_length=request.content_length,
            is_chunked=request.is_chunked,
        )
    )
