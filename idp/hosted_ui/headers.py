"""The headers of every hosted page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from idp.hosted_ui import assets, translation
from idp.oauth.content_security import source
from idp.user_pools.rules import framed_addresses

POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; img-src 'self' data:; "
    "form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
)


def protect(
    response: Response,
    redirect_uris: Iterable[str] = (),
    stylesheet: str = "",
    frames: Sequence[str] = (),
) -> Response:
    """Add the security headers, and the language of a page; one with a policy of its own keeps it.

    Chromium holds every redirect that follows a form to form-action. `redirect_uris` are where a
    page's form may end up: the client's callbacks and what they lead to. `stylesheet` is the
    client's own one, which stands in the page; `frames` are the addresses that the page frames.
    """
    sources = ["'self'", *sorted({source(uri) for uri in redirect_uris})]
    styles = [assets.source(text) for text in (assets.stylesheet(), stylesheet) if text]
    policy = POLICY.format(
        styles=" ".join(styles),
        scripts=assets.script_sources(),
        form_action=" ".join(sources),
    )
    if frames:
        policy += f"; frame-src {' '.join(sorted(set(map(framed_addresses.source, frames))))}"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    if "Location" not in response.headers:
        translation.label(response)
    return response
