"""Who the client is, when proxies stand in front: X-Forwarded-* of trusted proxies alone.

Any client can send these headers, so they count only as far as they were written by a proxy that
the operator named. Each proxy appends the address it was called from to X-Forwarded-For; read
from the right, the first address that is not a trusted proxy's is the client. What a trusted
proxy did not vouch for is removed, so that nothing further in can believe it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kernel.settings import Network

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
FORWARDED = frozenset(
    {
        "HTTP_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_X_REAL_IP",
    }
)


class ProxyHeaders:
    """Sets REMOTE_ADDR, wsgi.url_scheme and HTTP_HOST from trusted proxies, then drops the rest."""

    def __init__(self, application: Application, trusted: Sequence[Network]) -> None:
        self._application = application
        self._trusted = trusted

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not FORWARDED.isdisjoint(environ):
            claims = {name: environ.pop(name, "") for name in FORWARDED}
            if self._trusted and self._is_trusted(environ.get("REMOTE_ADDR", "")):
                self._believe(environ, claims)
        return self._application(environ, start_response)

    def _believe(self, environ: Environ, claims: dict[str, str]) -> None:
        environ["REMOTE_ADDR"] = self._client(environ["REMOTE_ADDR"], claims)
        scheme = _last(claims["HTTP_X_FORWARDED_PROTO"]).lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = _last(claims["HTTP_X_FORWARDED_HOST"])
        if HOST.fullmatch(host):
            environ["HTTP_HOST"] = host

    def _client(self, nearest: str, claims: dict[str, str]) -> str:
        """The right-most hop that is no trusted proxy; the last trusted one when all are."""
        client = nearest
        for hop in reversed(claims["HTTP_X_FORWARDED_FOR"].split(",")):
            address = _address(hop)
            if address is None:
                return client
            client = str(address)
            if not self._is_trusted(client):
                return client
        return client

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _last(value: str) -> str:
    """The nearest proxy's word, where several were joined."""
    return value.rpartition(",")[2].strip()


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, with or without a port or brackets; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
