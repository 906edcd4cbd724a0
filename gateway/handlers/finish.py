"""The finaliser: what every reply of the gateway carries, whoever made it."""

from __future__ import annotations

from gateway import cors
from gateway.context import Headers, Located, Received
from gateway.header_rules import HeaderPairs, for_client, is_our_cookie
from gateway.rest import request_ids as rest_ids
from gateway.rest.gateway_responses import protocol_of
from gateway.rest.remapped_headers import remapped
from gateway.rest.request_ids import request_id_of
from gateway.tracing import reply_header

REQUEST_ID = "apigw-requestid"
SANDBOX = ("content-security-policy", "sandbox")


def finish(context: Received, headers: Headers) -> list[tuple[str, str]]:
    """A reply's headers with the request id, CORS, and the sandbox of shared origins."""
    if context.address.shares_origin:
        headers = _within_origin(headers)
    finished = [*headers, *_request_ids(context)]
    if isinstance(context, Located) and context.api.cors is not None:
        origin = context.request.headers.get("origin")
        finished += cors.response_headers(context.api.cors, origin)
    if context.address.shares_origin:
        finished.append(SANDBOX)
    return finished


def map_response(context: Received, headers: HeaderPairs) -> Headers:
    """An upstream's headers as the client may see them.

    "If you configure CORS for an API, API Gateway ignores CORS headers returned from your backend
    integration" (developer guide, "Configure CORS for HTTP APIs").
    """
    if protocol_of(context) == "REST":
        mapped = remapped(headers, framed=True)
    else:
        mapped = [pair for pair in for_client(headers) if pair[0] != REQUEST_ID]
    if isinstance(context, Located) and context.api.cors is not None:
        mapped = [pair for pair in mapped if not pair[0].startswith("access-control-")]
    return tuple(mapped)


def _within_origin(headers: Headers) -> Headers:
    """The headers that an API on the main host may send, whoever made them."""
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in _OF_AN_ORIGIN
        and not (name.lower() == "set-cookie" and is_our_cookie(value))
    )


def _request_ids(context: Received) -> Headers:
    """A request's names, in the headers that each kind of API has for them."""
    short_id = context.request.id
    if protocol_of(context) == "REST":
        return (
            (rest_ids.REQUEST_ID, request_id_of(short_id)),
            (rest_ids.EXTENDED_ID, short_id),
            reply_header(context, context.request),
        )
    return ((REQUEST_ID, short_id),)


# Headers by which an API could change the main host that it shares: its cookies and storage, its
# transport, its reports, and the reach of a service worker.
_OF_AN_ORIGIN = frozenset(
    {
        "clear-site-data",
        "nel",
        "public-key-pins",
        "report-to",
        "reporting-endpoints",
        "service-worker-allowed",
        "strict-transport-security",
    }
)
