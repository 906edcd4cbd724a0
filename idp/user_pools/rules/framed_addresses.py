"""Addresses that a page of ours frames, as its Content-Security-Policy names them."""

from __future__ import annotations

import re

from idp.user_pools.rules import web_addresses

# CSP3 §2.3.1, `host-source`: no IPv6 address, and a path without `;` and `,`.
_FRAMED = re.compile(
    r"(?P<source>https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+@:-]*)?)(\?[^\s]*)?"
)


def is_framed(url: str) -> bool:
    """Whether a policy can name the URL."""
    return web_addresses.is_secure(url) and _FRAMED.fullmatch(url) is not None


def source(url: str) -> str:
    """What the policy says: the address without its query, of which CSP takes no notice."""
    found = _FRAMED.fullmatch(url)
    if found is None:
        raise ValueError("no policy can name this address")
    return found["source"]
