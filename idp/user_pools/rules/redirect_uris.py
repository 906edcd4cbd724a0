"""Redirect URIs: which a client may register, and when a request's is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from idp.errors import InvalidParameter
from kernel.settings import is_loopback_name

# RFC 8252 §7.1: private-use schemes are those of native apps; these run in the browser itself.
FORBIDDEN_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", ""})

HIGHEST_PORT = 65_535
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)", re.DOTALL)


def check(uri: str) -> None:
    """An absolute URI without a fragment (RFC 6749 §3.1.2); http for loopback only. Raises
    `InvalidParameter`."""
    try:
        parts = urlsplit(uri)
        hostname = parts.hostname or ""
    except ValueError:
        raise InvalidParameter(f"{uri} is not a valid redirect URI.") from None
    if parts.scheme.lower() in FORBIDDEN_SCHEMES or "#" in uri or parts.username or "*" in uri:
        raise InvalidParameter(f"{uri} is not a valid redirect URI.")
    if parts.scheme == "https" and not hostname:
        raise InvalidParameter(f"{uri} is not a valid redirect URI.")
    if parts.scheme == "http" and not is_loopback_name(hostname):
        raise InvalidParameter(f"{uri} must use https: http is allowed for localhost only.")


def is_registered(uri: str, registered: Iterable[str], *, any_port: bool) -> bool:
    """RFC 9700 §2.1: "authorization servers MUST utilize exact string matching except for port
    numbers in localhost redirection URIs of native apps".

    With `any_port` the port of a loopback address is not compared: the server "MUST allow any port
    to be specified at the time of the request" (RFC 8252 §7.3). The name `localhost` is compared
    with its port; §8.3 advises against it.
    """
    known = tuple(registered)
    if uri in known:
        return True
    given = _without_port(uri) if any_port else None
    return given is not None and given in map(_without_port, known)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Address and path of a loopback redirect URI; None for any other URI."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 0) > HIGHEST_PORT:
        return None
    return found[1], found[3]
