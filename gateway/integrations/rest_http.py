"""HTTP and HTTP_PROXY of REST APIs.

HTTP sends what is mapped and nothing else of the client's; HTTP_PROXY passes the client's headers,
query and body. Both call the integration's own method.
"""

from __future__ import annotations

from gateway import header_rules
from gateway.context import Forward, Headers, Integrated, Mapped, Reply, Result, Steps, grown
from gateway.effects import Send, Sent
from gateway.integrations.endpoint import Endpoint, Origin
from gateway.integrations.failures import reply_to
from gateway.integrations.forwarding import client_headers, forwarded
from gateway.integrations.message import WITHOUT_CONTENT, UpstreamRequest
from gateway.integrations.private import NoTarget, group_of
from gateway.mapping.parameters import query_text
from gateway.mapping.request_values import query_values
from gateway.mapping.streaming import needs_whole_reply
from gateway.replies import INTERNAL_SERVER_ERROR, with_error
from gateway.snapshot import RestIntegration
from gateway.tracing import trace_headers, with_trace


def integrate_http(context: Mapped) -> Reply | Steps:
    """Send the mapped request and take the reply whole."""
    endpoint = context.stage.endpoints.get(context.route.key)
    if endpoint is None:
        return INTERNAL_SERVER_ERROR
    api_id, outgoing = context.api.api_id, context.outgoing
    own = {
        "user-agent": f"AmazonAPIGateway_{api_id}",
        "x-amzn-apigateway-api-id": api_id,
    }
    method = _method(context)
    body = b"" if method in WITHOUT_CONTENT else outgoing.body
    if body:
        own["content-type"] = context.request.headers.get("content-type") or "application/json"
    headers = _overlaid((*own.items(), *trace_headers(context)), outgoing.headers)
    query = query_text(outgoing.query)
    try:
        request = _request(context, endpoint, headers, query, len(body))
    except NoTarget as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    return _send(context, request, body)


def integrate_http_proxy(context: Mapped) -> Forward | Reply | Steps:
    """Pass the client's request on; its reply streams through unless it is needed whole."""
    endpoint = context.stage.endpoints.get(context.route.key)
    if endpoint is None:
        return INTERNAL_SERVER_ERROR
    request, outgoing = context.request, context.outgoing
    theirs = (*with_trace(context, client_headers(request)), *forwarded(request))
    headers = _overlaid(theirs, outgoing.headers)
    is_whole = needs_whole_reply(context)
    length = len(context.body) if is_whole else request.content_length
    is_chunked = request.is_chunked and not is_whole
    try:
        passed = _request(
            context, endpoint, headers, _query(context), length, is_chunked=is_chunked
        )
    except NoTarget as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    return _send(context, passed, context.body) if is_whole else Forward(passed)


def _send(context: Mapped, request: UpstreamRequest, body: bytes) -> Steps:
    answer = yield Send(request, body)
    if not isinstance(answer, Sent):
        return reply_to(answer)
    result = Result(answer.status, answer.headers, answer.body, seconds=answer.seconds)
    return grown(Integrated, context, result=result)


def _request(
    context: Mapped,
    endpoint: Endpoint,
    headers: Headers,
    query: str,
    content_length: int | None,
    *,
    is_chunked: bool = False,
) -> UpstreamRequest:
    authority = header_rules.first(headers, "host")
    return UpstreamRequest(
        origin=_origin(context, endpoint.origin),
        method=_method(context),
        target=endpoint.target(context.outgoing.path, query),
        headers=tuple(pair for pair in headers if pair[0].lower() != "host"),
        timeout=_target(context).timeout_ms / 1000,
        authority=authority or endpoint.authority,
        content_length=content_length or None,
        is_chunked=is_chunked,
        group=group_of(context, _target(context).vpc_link, endpoint),
    )


def _origin(context: Mapped, origin: Origin) -> Origin:
    """The endpoint's origin, to which the gateway makes itself known by its stage's certificate."""
    rest = context.stage.rest
    if rest is None or not rest.client_certificate_id:
        return origin
    owner = f"{context.api.account}/{context.api.region}"
    return origin._replace(certificate=f"{owner}/{rest.client_certificate_id}")


def _target(context: Mapped) -> RestIntegration:
    target = context.route.target
    if not isinstance(target, RestIntegration):
        raise TypeError("the route leads elsewhere")
    return target


def _method(context: Mapped) -> str:
    method = _target(context).method
    return context.request.method if method in {"", "ANY"} else method


def _query(context: Mapped) -> str:
    """The client's query as it came, but for the parameters that are mapped."""
    mapped = context.outgoing.query
    if not mapped:
        return context.request.query
    names = {name for name, _ in mapped}
    kept = [
        (name, value)
        for name, values in query_values(context.request.query).items()
        for value in values
        if name not in names
    ]
    return query_text((*kept, *mapped))


def _overlaid(headers: Headers, mapped: Headers) -> Headers:
    """Headers, those that are mapped in place of others of their name."""
    names = {name.lower() for name, _ in mapped}
    return (*(pair for pair in headers if pair[0].lower() not in names), *mapped)
