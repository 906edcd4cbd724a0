"""Which headers pass a gateway, in both directions (RFC 9110 §7.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

HeaderPairs = Iterable[tuple[str, str]]

TOKEN_CHARACTER = "[!#$%&'*+.^_`|~0-9A-Za-z-]"
"""Of a token (RFC 9110 §5.6.2), as every header's name is one."""
NAME = re.compile(rf"{TOKEN_CHARACTER}{{1,256}}")
"""What may be a header's name (RFC 9110 §5.1), of a length that nobody needs more of."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

FRAMING = HOP_BY_HOP | {"content-length", "expect"}
"""How a message is framed and a connection is used, which no mapping may say."""

# What only a gateway says of a request: a client's own word for it never gets through, under any
# of the names that backends are known to believe.
_FORWARDING = frozenset(
    {"forwarded", "x-client-ip", "x-cluster-client-ip", "x-original-host", "x-original-url"}
    | {"x-real-ip", "x-rewrite-url", "true-client-ip"}
)
_FORWARDING_PREFIXES = ("x-amzn-", "x-forwarded-")
_NEVER_UPSTREAM = FRAMING | _FORWARDING | {"host", "via"}

# Cookies of the hosted pages and the console, under any cookie-name prefix (RFC 6265bis §4.1.3).
_OUR_COOKIE = re.compile(r"(?:__host-|__secure-|__http-|__host-http-)?poolgate", re.IGNORECASE)


def named_by_connection(value: str) -> frozenset[str]:
    """The headers that a Connection header makes hop-by-hop.

    "Intermediaries MUST [...] remove any header or trailer field(s) from the message with the
    same name as the connection-option" (RFC 9110 §7.6.1).
    """
    return frozenset(name.strip().lower() for name in value.split(","))


def first(headers: HeaderPairs, name: str) -> str:
    """The value of the first header of a lower-case name; empty where there is none."""
    return next((value for key, value in headers if key.lower() == name), "")


def is_gateways_word(name: str) -> bool:
    """Whether a header, by lower-case name, is a gateway's to say and not a client's."""
    return name in _FORWARDING or name.startswith(_FORWARDING_PREFIXES)


def for_upstream(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The client's headers that go on, by lower-case name."""
    dropped = _NEVER_UPSTREAM
    if "connection" in headers:
        dropped = dropped | named_by_connection(headers["connection"])
    return [
        (name, value)
        for name, value in headers.items()
        if name not in dropped and not name.startswith(_FORWARDING_PREFIXES)
    ]


def for_client(headers: HeaderPairs) -> list[tuple[str, str]]:
    """The upstream's headers that come back, by lower-case name."""
    pairs = [(name.lower(), value) for name, value in headers]
    dropped = HOP_BY_HOP
    for name, value in pairs:
        if name == "connection":
            dropped = dropped | named_by_connection(value)
    return [(name, value) for name, value in pairs if name not in dropped]


def without_our_cookies(value: str) -> str:
    """A Cookie header's value without Poolgate's own cookies; empty where none is left."""
    crumbs = (crumb.strip() for crumb in value.split(";"))
    return "; ".join(crumb for crumb in crumbs if crumb and not is_our_cookie(crumb))


def is_our_cookie(crumb: str) -> bool:
    """Whether `name=value` of a Cookie or Set-Cookie header is one of Poolgate's own."""
    return bool(_OUR_COOKIE.match(crumb.strip()))
