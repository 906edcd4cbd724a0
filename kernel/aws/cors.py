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
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def preflight() -> Reply:
    return Reply(200, b"", dict(PREFLIGHT))
