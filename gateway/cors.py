"""Cross-origin rules of an API (Fetch standard §3.2; API Gateway developer guide, "Configure CORS
for HTTP APIs"). Pure: a configuration and an origin in, headers out."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.context import Headers
from gateway.snapshot import Cors

ANY = "*"
_SCHEMES = ("https://*", "http://*")
VARY: Headers = (("vary", "Origin"),)


def allowed_origin(cors: Cors, origin: str) -> str | None:
    """What Access-Control-Allow-Origin says to a page of `origin`; None where it is not allowed."""
    if origin in cors.allow_origins:
        return origin
    if ANY in cors.allow_origins:
        return ANY
    for pattern in _SCHEMES:
        if pattern in cors.allow_origins and origin.startswith(pattern[:-1]):
            return origin
    return None


def response_headers(cors: Cors, origin: str | None) -> Headers:
    """Headers for any reply to a page of `origin`."""
    varies = () if cors.allow_origins == (ANY,) else VARY
    allowed = allowed_origin(cors, origin) if origin else None
    if allowed is None:
        return varies
    headers = [("access-control-allow-origin", allowed)]
    # A wildcard that let credentials through would let every page act as its visitor. The Fetch
    # standard forbids it for `*`; here only an origin that is named in full may have them.
    if cors.allow_credentials and origin in cors.allow_origins and ANY not in allowed:
        headers.append(("access-control-allow-credentials", "true"))
    if cors.expose_headers:
        headers.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return (*headers, *varies)


def preflight_headers(cors: Cors, origin: str) -> Headers:
    """What a preflight's reply adds; nothing for an origin that is not allowed."""
    if allowed_origin(cors, origin) is None:
        return ()
    headers = []
    if cors.allow_methods:
        headers.append(("access-control-allow-methods", ",".join(cors.allow_methods)))
    if cors.allow_headers:
        headers.append(("access-control-allow-headers", ",".join(cors.allow_headers)))
    if cors.max_age is not None:
        headers.append(("access-control-max-age", str(cors.max_age)))
    return tuple(headers)


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Fetch standard §3.2.2: OPTIONS with Origin and Access-Control-Request-Method."""
    return (
        method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
    )
