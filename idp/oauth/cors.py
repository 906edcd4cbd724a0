"""Cross-origin access for the endpoints that scripts of any origin may call.

They look at no cookie, so any origin may read the answer (Fetch standard, "CORS protocol").
"""

from __future__ import annotations

from flask import Response

ALLOWED_HEADERS = "authorization, content-type, dpop, x-amz-user-agent"
REMEMBERED = "7200"


ANY_ORIGIN = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "DPoP-Nonce, Retry-After, WWW-Authenticate"),
)


def allow_any_origin(response: Response) -> Response:
    response.headers.extend(ANY_ORIGIN)
    return response


def preflight(*methods: str) -> Response:
    """The answer to OPTIONS. `*` would not cover `authorization`, so headers go by name."""
    response = allow_any_origin(Response(status=204))
    response.headers["Access-Control-Allow-Methods"] = ", ".join((*methods, "OPTIONS"))
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = REMEMBERED
    return response
