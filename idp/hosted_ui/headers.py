"""The headers of every hosted page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Response

from idp.hosted_ui import assets, translation

POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; img-src 'self' data:; "
    "form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
)

# What CSP's host-source can say (CSP3 §2.3.1); anything else is allowed by its scheme alone.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def protect(
    response: Response, redirect_uris: Iterable[str] = (), stylesheet: str = ""
) -> Response:
    """Add the security headers, and the language of a page.

    Chromium holds every redirect that follows a form to form-action. `redirect_uris` are where a
    page's form may end up: the client's callbacks and what they lead to. `stylesheet` is the
    client's own one, which stands in the page.
    """
    sources = ["'self'", *sorted({source(uri) for uri in redirect_uris})]
    styles = [assets.source(text) for text in (assets.stylesheet(), stylesheet) if text]
    response.headers["Content-Security-Policy"] = POLICY.format(
        styles=" ".join(styles),
        scripts=assets.script_sources(),
        form_action=" ".join(sources),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    if "Location" not in response.headers:
        translation.label(response)
    return response


def source(uri: str) -> str:
    """The CSP source of a registered redirect URI: its origin, or its scheme."""
    parts = urlsplit(uri)
    origin = f"{parts.scheme}://{parts.netloc}"
    if _ORIGIN.fullmatch(origin):
        return origin
    return f"{parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else "'self'"
