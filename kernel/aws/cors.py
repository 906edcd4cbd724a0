"""Cross-origin calls from browsers: Amplify and the JS SDKs call JSON operations directly."""

from __future__ import annotations

from kernel.aws.wire import Reply, Request

# Each by name: `*` does not cover `authorization` (Fetch, "CORS protocol").
ALLOWED_HEADERS = (
    "content-type, x-amz-target, x-amz-user-agent, cache-control, authorization, x-amz-date, "
    "x-amz-security-token, x-amz-content-sha256, amz-sdk-invocation-id, amz-sdk-request"
)
EXPOSED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-amzn-errortype, x-amzn-requestid",
}
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": ALLOWED_HEADERS,
    "Access-Control-Max-Age": "172800",
}


def is_preflight(request: Request) -> bool:
    asks = "access-control-request-method" in request.headers
    return asks and request.method == "OPTIONS" and request.path == "/"


def is_cross_origin(request: Request) -> bool:
    """Whether a page may read the answer: API Gateway's paths are not for browsers."""
    return "origin" in request.headers and request.path == "/"


def preflight() -> Reply:
    return Reply(200, b"", dict(PREFLIGHT))
