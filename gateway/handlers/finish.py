"""The finaliser: what every reply of the gateway carries, whoever made it."""

from __future__ import annotations

from gateway import cors
from gateway.context import Headers, Located, Received
from gateway.header_rules import HeaderPairs, for_client, is_our_cookie

REQUEST_ID = "apigw-requestid"
SANDBOX = ("content-security-policy", "sandbox")


def finish(context: Received, headers: Headers) -> list[tuple[str, str]]:
    """A reply's headers with the request id, CORS, and the sandbox of shared origins."""
    finished = [*headers, (REQUEST_ID, context.request.id)]
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
    mapped = [pair for pair in for_client(headers) if pair[0] != REQUEST_ID]
    if isinstance(context, Located) and context.api.cors is not None:
        mapped = [pair for pair in mapped if not pair[0].startswith("access-control-")]
    if context.address.shares_origin:
        mapped = [
            (name, value)
            for name, value in mapped
            if not (name == "set-cookie" and is_our_cookie(value)) and name not in _OF_AN_ORIGIN
        ]
    return tuple(mapped)


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
