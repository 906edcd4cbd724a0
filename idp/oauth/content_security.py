"""Redirect URIs as a Content Security Policy names them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# What CSP's host-source can say (CSP3 §2.3.1); anything else is allowed by its scheme alone.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def source(uri: str) -> str:
    """The CSP source of a registered redirect URI: its origin, or its scheme."""
    parts = urlsplit(uri)
    if parts.scheme == "http" and parts.hostname == "127.0.0.1":
        # A native app listens at any port (RFC 8252 §7.3).
        return "http://127.0.0.1:*"
    origin = f"{parts.scheme}://{parts.netloc}"
    if _ORIGIN.fullmatch(origin):
        return origin
    return f"{parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else "'self'"
