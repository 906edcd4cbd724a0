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


# RFC 8252 §7.1: a private-use scheme is "based on a domain name under their control".
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def is_target(uri: str) -> bool:
    """Whether a browser may be sent there: a secure URL, or one of a native application."""
    if is_secure(uri):
        return True
    scheme, colon, rest = uri.partition(":")
    is_private = _PRIVATE_SCHEME.fullmatch(scheme) is not None and bool(rest)
    is_clean = _CHARACTERS.fullmatch(uri) is not None and "#" not in uri and len(uri) <= LONGEST
    return bool(colon) and is_private and is_clean


def origin(uri: str) -> str | None:
    """Scheme, host and port as browsers write them (RFC 6454 §6.1); None where it has none."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    )


_DEFAULT_PORTS = {"https": 443, "http": 80}
