"""Is this token genuine, current and not revoked? The check that everything else rests on."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature

from kernel.clock import Clock
from kernel.tokens.cache import GenerationCache
from kernel.tokens.errors import (
    BadSignature,
    Expired,
    InvalidToken,
    Malformed,
    NotYetValid,
    Revoked,
    UnknownIssuer,
    UnknownKey,
    WrongAlgorithm,
)
from kernel.tokens.issuers import Issuers
from kernel.tokens.parsing import Claims, Header, Unverified, parse
from kernel.tokens.revocations import Revocations

__all__ = ["Claims", "InvalidToken", "Verifier"]

CACHE_SIZE = 8192
CACHE_SECONDS = 300
"""A cached token is checked anew at least this often, also where no one reports a withdrawn key."""
HEADERS_REMEMBERED = 1024
CLOCK_SKEW = 10
"""Seconds by which an issuer's clock may be ahead of ours. Expiry has no allowance."""


class Verifier:
    """Verifies tokens, remembering the good ones.

    The memory is keyed on the whole token, signature included, so an altered token never meets
    the entry of the genuine one. A hit still looks at the clock and at the revocations.
    """

    def __init__(
        self,
        issuers: Issuers,
        revocations: Revocations,
        clock: Clock | None = None,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self._issuers = issuers
        self._revocations = revocations
        self._time = (clock or Clock()).time
        self._verified: GenerationCache[tuple[Claims, float]] = GenerationCache(cache_size)
        self._headers: dict[bytes, Header] = {}
        self._generation = issuers.generation

    def verify(self, token: str, issuer: str | None = None) -> Claims:
        """The claims of a good token, issued by `issuer` where one is given.

        The mapping is shared: do not change it. Raises a subclass of `InvalidToken`.
        """
        if self._generation != self._issuers.generation:
            self._generation = self._issuers.generation
            self._verified.clear()
        now = self._time()
        remembered = self._verified.get(token)
        if remembered is not None and now < remembered[1]:
            claims = remembered[0]
            if issuer is not None and claims["iss"] != issuer:
                raise UnknownIssuer
        else:
            claims = self._verify_anew(token, issuer, now)
        if self._revocations.is_revoked(claims):
            raise Revoked
        return claims

    def _verify_anew(self, token: str, issuer: str | None, now: float) -> Claims:
        if len(self._headers) >= HEADERS_REMEMBERED:
            self._headers = {}
        generation = self._issuers.generation
        unverified = parse(token, self._headers)
        claims = unverified.claims
        if not isinstance(claims.get("iss"), str) or claims["iss"] != (issuer or claims["iss"]):
            raise UnknownIssuer
        self._check_signature(unverified)
        expires = _check_times(claims, now)
        # A key that was withdrawn in the meantime must not leave a memory behind.
        if generation == self._issuers.generation:
            self._verified.put(token, (claims, min(expires, now + CACHE_SECONDS)))
        return claims

    def _check_signature(self, token: Unverified) -> None:
        key = self._issuers.keys(token.claims["iss"], token.header.kid)
        if key is None:
            raise UnknownKey
        check = key.checks.get(token.header.algorithm)
        if check is None:
            raise WrongAlgorithm
        try:
            check(token.signature, token.message)
        except InvalidSignature:
            raise BadSignature from None


def _check_times(claims: Claims, now: float) -> float:
    """The time of expiry. Raises `Expired`, `NotYetValid` or `Malformed`."""
    expires = _seconds(claims.get("exp"))
    if now >= expires:
        raise Expired
    for name in ("nbf", "iat"):
        if name in claims and _seconds(claims[name]) > now + CLOCK_SKEW:
            raise NotYetValid
    return expires


def _seconds(value: Any) -> float:
    if type(value) is not int and type(value) is not float:
        raise Malformed("the token does not have a valid time")
    return value
