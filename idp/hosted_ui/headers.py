"""The headers of every hosted page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from flask import Response

from idp.user_pools.rules import framed_addresses

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
)

# What CSP's host-source can say (CSP3 §2.3.1); anything else is allowed by its scheme alone.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def protect(
    response: Response, redirect_uris: Iterable[str] = (), frames: Sequence[str] = ()
) -> Response:
    """Add the security headers.

    Chromium holds every redirect that follows a form to form-action. `redirect_uris` are where a
    page's form may end up: the client's callbacks and what they lead to. `frames` are the
    addresses that the page frames.
    """
    sources = ["'self'", *sorted({source(uri) for uri in redirect_uris})]
    policy = POLICY.format(form_action=" ".join(sources))
    if frames:
        policy += f"; frame-src {' '.join(sorted(set(map(framed_addresses.source, frames))))}"
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def source(uri: str) -> str:
    """The CSP source of a registered redirect URI: its origin, or its scheme."""
    parts = urlsplit(uri)
    origin = f"{parts.scheme}://{parts.netloc}"
    if _ORIGIN.fullmatch(origin):
        return origin
    return f"{parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else "'self'"
