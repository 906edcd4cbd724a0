"""HTTP_PROXY of HTTP APIs: the request as it came, to the route's endpoint and back, streamed.

Where an integration maps parameters, the request or the reply is changed on the way; a body is read
whole only where a mapping looks into it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from gateway.context import Forward, Headers, Identified, Reply, Steps
from gateway.effects import ReadBody, Send, Sent
from gateway.handlers.finish import map_response
from gateway.header_rules import for_upstream
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.failures import reply_to
from gateway.integrations.forwarding import forwarded
from gateway.integrations.kept_http import integrate_kept
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.private import NoTarget, group_of
from gateway.mapping import http_parameters
from gateway.mapping.http_expressions import reads_body
from gateway.mapping.http_mappings import InvalidMapping, check_request, check_response
from gateway.paths import RefusedPath
from gateway.replies import BAD_REQUEST, INTERNAL_SERVER_ERROR, with_error
from gateway.response_cache import caching_of
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import HttpProxyIntegration
from gateway.tracing import TRACE_ID, TRACEPARENT, names_trace, with_trace


def integrate(context: Identified) -> Forward | Reply | Steps:
    """The upstream request of a route.

    "When the $default route receives a request, API Gateway sends the full request path to the
    integration" (developer guide, "Working with the $default route"); other routes send what
    their URI says.
    """
    request, route = context.request, context.route
    target, endpoint = route.target, context.stage.endpoints.get(route.key)
    if endpoint is None or not isinstance(target, HttpProxyIntegration):
        return INTERNAL_SERVER_ERROR
    if target.request_parameters or target.response_parameters:
        return _mapped(context, target, endpoint)
    headers = for_upstream(request.headers)
    # Spelled out, because every request comes by here.
    if TRACE_ID in request.headers or TRACEPARENT in request.headers or request.span:
        headers = with_trace(context, headers)
    try:
        upstream = _upstream(
            context, target, endpoint, (*headers, *forwarded(request)), request.query
        )
    except NoTarget as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    caching = caching_of(context) if context.stage.settings else None
    return Forward(upstream) if caching is None else integrate_kept(context, caching, upstream)


def _passed(context: Identified) -> Headers:
    """What a backend is told by the client, and of it. A trace is continued, and none is made."""
    request = context.request
    headers = for_upstream(request.headers)
    if names_trace(request):
        headers = with_trace(context, headers)
    return (*headers, *forwarded(request))


def _upstream(
    context: Identified,
    target: HttpProxyIntegration,
    endpoint: Endpoint,
    headers: Headers,
    query: str,
) -> UpstreamRequest:
    """Raises `NoTarget`."""
    request = context.request
    suffix = context.address.path if context.route.key == DEFAULT_KEY else ""
    upstream = UpstreamRequest(
        origin=endpoint.origin,
        method=request.method if target.method == "ANY" else target.method,
        target=endpoint.target(context.match.variables, query, suffix),
        headers=headers,
        timeout=target.timeout_ms / 1000,
        authority=endpoint.authority,
        content_length=request.content_length,
        is_chunked=request.is_chunked,
    )
    return _through_link(context, target, endpoint, upstream) if target.vpc_link else upstream


def _through_link(
    context: Identified, target: HttpProxyIntegration, endpoint: Endpoint, upstream: UpstreamRequest
) -> UpstreamRequest:
    """The request as the targets of a VPC link get it. Raises `NoTarget`."""
    group = group_of(context, target.vpc_link, endpoint)
    if not target.leads_to_listener:
        return replace(upstream, group=group)
    # A load balancer's listener: "API Gateway includes the stage portion of the API endpoint in the
    # request to your backend resource" (developer guide, "Create private integrations for HTTP
    # APIs").
    query = upstream.target.partition("?")[2]
    whole = endpoint.target(context.match.variables, query, context.path_with_stage)
    return replace(upstream, group=group, authority="", target=whole)


def _mapped(context: Identified, target: HttpProxyIntegration, endpoint: Endpoint) -> Steps:
    """The same with its parameters mapped. The reply streams unless a mapping looks into it."""
    try:
        check_request(target.request_parameters)
        check_response(target.response_parameters)
    except InvalidMapping as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    looks_into_reply = any(map(reads_body, target.response_parameters.values()))
    body = b""
    if looks_into_reply or reads_body(target.request_parameters):
        read = yield ReadBody()
        if isinstance(read, Reply):
            return read
        body = read
    try:
        upstream = _mapped_request(context, target, endpoint, body)
    except RefusedPath as error:
        return with_error(BAD_REQUEST, str(error))
    except NoTarget as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    if not looks_into_reply:
        change = partial(_changed, context, target) if target.response_parameters else None
        return Forward(upstream, change)
    upstream = replace(upstream, content_length=len(body) or None, is_chunked=False)
    answer = yield Send(upstream, body)
    return _whole(context, target, answer) if isinstance(answer, Sent) else reply_to(answer)


def _mapped_request(
    context: Identified, target: HttpProxyIntegration, endpoint: Endpoint, body: bytes
) -> UpstreamRequest:
    """Raises `RefusedPath` or `NoTarget`."""
    mapped = http_parameters.map_request(context, target.request_parameters, _passed(context), body)
    if mapped.path is None:
        return _upstream(context, target, endpoint, mapped.headers, mapped.query)
    elsewhere = replace(endpoint, path_pieces=(mapped.path,))
    upstream = _upstream(context, target, elsewhere, mapped.headers, mapped.query)
    # Not the path behind it that `$default` adds.
    return replace(upstream, target=elsewhere.target(context.match.variables, mapped.query))


def _changed(
    context: Identified,
    target: HttpProxyIntegration,
    status: int,
    headers: Headers,
    body: bytes = b"",
) -> tuple[int, Headers]:
    mappings = target.response_parameters.get(str(status), {})
    return http_parameters.map_response(context, mappings, status, headers, body)


def _whole(context: Identified, target: HttpProxyIntegration, sent: Sent) -> Reply:
    status, headers = _changed(
        context, target, sent.status, map_response(context, sent.headers), sent.body
    )
    own_framing = tuple(pair for pair in headers if pair[0] != "content-length")
    return Reply(status, own_framing, sent.body)
