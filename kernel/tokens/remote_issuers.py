"""Keys of other issuers, by OpenID Connect Discovery and JWKS over HTTP.

Time-outs and sizes are API Gateway's: "Timeout for OpenID Connect discovery endpoint 1500 ms",
"Timeout for JSON Web Key Set endpoint 1500 ms", "Response size from JSON Web Key Set endpoint
150000 bytes" (developer guide, "Quotas for configuring and running an HTTP API").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from kernel.clock import Clock
from kernel.outbound.errors import OutboundError
from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.issuers import read_keys, withdraws
from kernel.tokens.public_keys import PublicKey

TIMEOUT = 1.5
MAXIMUM_BYTES = 150_000
FRESH_SECONDS = 900
"""How long keys are used without asking again."""
STALE_SECONDS = 7200
"""How long they are used when asking fails: "API Gateway can cache the public key for two hours"
(developer guide, "Control access to HTTP APIs with JWT authorizers")."""
PAUSE_SECONDS = 30
"""The least time between two fetches, so that a flood of made-up key ids fetches once."""
FIRST_PAUSE_SECONDS = 1
"""That after a fetch that failed; it doubles with each further one. A hiccup of an issuer that is
asked for the first time must not close an API for half a minute."""


class _Reply(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Fetcher(Protocol):
    """The part of `kernel.outbound.Outbound` that is used here."""

    def request(
        self, method: str, url: str, *, timeout: float, max_bytes: int, trusted: bool
    ) -> _Reply:
        """Send a request. Raises `OutboundError`."""


@dataclass
class _Known:
    keys: dict[str, PublicKey] = field(default_factory=dict)
    fetched: float = float("-inf")
    asked: float = float("-inf")
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pause(self) -> float:
        """Seconds for which nothing is fetched after the last fetch."""
        if not self.failures:
            return PAUSE_SECONDS
        return min(PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (min(self.failures, 10) - 1))


class RemoteIssuers:
    """Fetches and keeps keys.

    Only issuers that `permitted` names are ever asked: a token's own `iss` must not choose where
    we connect to. `trusted` says that the operator configured them as settings, so that they may
    have private addresses.
    """

    def __init__(
        self,
        outbound: Fetcher,
        permitted: Callable[[str], bool],
        clock: Clock | None = None,
        *,
        trusted: bool = False,
    ) -> None:
        self.generation = 0
        self._outbound = outbound
        self._permitted = permitted
        self._time = (clock or Clock()).time
        self._trusted = trusted
        self._issuers: dict[str, _Known] = {}

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None; fetches where it must. Raises `UnknownIssuer`."""
        if not self._permitted(issuer):
            self._issuers.pop(issuer, None)
            raise UnknownIssuer
        known = self._issuers.setdefault(issuer, _Known())
        age = self._time() - known.fetched
        if age > FRESH_SECONDS or kid not in known.keys:
            self._refresh(issuer, known, wait=age > STALE_SECONDS or kid not in known.keys)
        if self._time() - known.fetched > STALE_SECONDS:
            raise UnknownIssuer("the issuer's keys cannot be fetched")
        return known.keys.get(kid)

    def _refresh(self, issuer: str, known: _Known, *, wait: bool) -> None:
        """Fetch, unless that was done just now. One request does it; others wait if they must."""
        if not known.lock.acquire(blocking=wait):
            return
        try:
            if self._time() - known.asked < known.pause:
                return
            keys = self._fetch(issuer)
            known.asked = self._time()
            if keys is None:
                known.failures += 1
                return
            if withdraws(known.keys, keys):
                self.generation += 1
            known.keys, known.fetched, known.failures = keys, self._time(), 0
        finally:
            known.lock.release()

    def _fetch(self, issuer: str) -> dict[str, PublicKey] | None:
        document = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        # "The issuer value returned MUST be identical to the Issuer URL that was directly used to
        # retrieve the configuration information" (OpenID Connect Discovery 1.0 §4.3).
        if document is None or document.get("issuer") != issuer:
            return None
        location = document.get("jwks_uri")
        if not isinstance(location, str) or not _as_safe(location, issuer):
            return None
        jwks = self._get(location, same_origin=_origin(location) == _origin(issuer))
        keys = jwks.get("keys") if jwks is not None else None
        return read_keys(keys) if isinstance(keys, list) else None

    def _get(self, url: str, *, same_origin: bool = True) -> Mapping[str, Any] | None:
        try:
            reply = self._outbound.request(
                "GET",
                url,
                timeout=TIMEOUT,
                max_bytes=MAXIMUM_BYTES,
                trusted=self._trusted and same_origin,
            )
            document = orjson.loads(reply.body) if reply.status == 200 else None
        except (OutboundError, ValueError):
            return None
        return document if isinstance(document, dict) else None


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()


def _as_safe(location: str, issuer: str) -> bool:
    """Keys may be fetched over plain HTTP only where the issuer itself is plain HTTP."""
    schemes = {"https"} if _origin(issuer)[0] == "https" else {"http", "https"}
    return _origin(location)[0] in schemes
