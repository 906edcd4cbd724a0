"""Whether a URL that an operator wrote down is one that may be fetched or linked to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from kernel.settings import is_loopback_name

LONGEST = 2048

# RFC 3986 §2: what a URI may hold; above all neither spaces, quotes, angle brackets nor controls.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


def is_spelt_well(uri: str) -> bool:
    """Whether a text can be a URI at all (RFC 3986 §2), and is not too long for one of ours."""
    return len(uri) <= LONGEST and _CHARACTERS.fullmatch(uri) is not None


def is_secure(url: str) -> bool:
    """An https URL with a host, without a user or fragment; http for loopback alone."""
    if not is_spelt_well(url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or "#" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback_name(host))
