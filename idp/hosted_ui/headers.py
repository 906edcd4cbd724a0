"""The headers of every hosted page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from idp.oauth.content_security import source
from idp.user_pools.rules import framed_addresses

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
)


def protect(
    response: Response, redirect_uris: Iterable[str] = (), frames: Sequence[str] = ()
) -> Response:
    """Add the security headers; a page with a policy of its own keeps it.

    Chromium holds every redirect that follows a form to form-action. `redirect_uris` are where a
    page's form may end up: the client's callbacks and what they lead to. `frames` are the
    addresses that the page frames.
    """
    sources = ["'self'", *sorted({source(uri) for uri in redirect_uris})]
    policy = POLICY.format(form_action=" ".join(sources))
    if frames:
        policy += f"; frame-src {' '.join(sorted(set(map(framed_addresses.source, frames))))}"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
