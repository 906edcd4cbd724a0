"""HTTP_PROXY of HTTP APIs: the request as it came, to the route's endpoint and back, streamed."""

from __future__ import annotations

from gateway.context import Forward, Identified, Reply
from gateway.integrations.forwarding import client_headers, forwarded
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.private import NoTarget, group_of
from gateway.replies import INTERNAL_SERVER_ERROR, with_error
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import DEFAULT_STAGE, HttpProxyIntegration


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
    authority, group = endpoint.authority, None
    if target.vpc_link:
        try:
            group = group_of(context, target.vpc_link, endpoint)
        except NoTarget as error:
            return with_error(INTERNAL_SERVER_ERROR, str(error))
        if target.leads_to_listener:
            authority, suffix = "", _path_with_stage(context)
    return Forward(
        UpstreamRequest(
            origin=endpoint.origin,
            method=request.method if target.method == "ANY" else target.method,
            target=endpoint.target(context.match.variables, request.query, suffix),
            headers=(*client_headers(request, context.address), *forwarded(request)),
            timeout=target.timeout_ms / 1000,
            authority=authority,
            content_length=request.content_length,
            is_chunked=request.is_chunked,
            group=group,
        )
    )


def _path_with_stage(context: Identified) -> str:
    """What a load balancer's listener gets: "API Gateway includes the stage portion of the API
    endpoint in the request to your backend resource" (developer guide, "Create private
    integrations for HTTP APIs")."""
    stage = context.stage.name
    return context.address.path if stage == DEFAULT_STAGE else f"/{stage}{context.address.path}"
