"""The logout token of another provider, verified (OpenID Connect Back-Channel Logout 1.0 §2.6)."""

from __future__ import annotations

from typing import Any, TypeGuard

from federation import single_use
from federation.oidc import statements
from federation.oidc.statements import LEEWAY, Claims, Signer, is_moment
from idp.user_pools.services.upstream import SignedOut
from kernel.runtime import Kernel
from kernel.tokens.key_sets import RemoteKeySets

WHAT = "logout token"
TYPES = frozenset({None, "jwt", "logout+jwt"})
"""§2.4 recommends the last; older providers say nothing."""
EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST = 600
"""Seconds since it was issued, whatever it says itself: as long as its `jti` is remembered."""
LONGEST_ID = 255


def verify(kernel: Kernel, token: str, signer: Signer) -> SignedOut:
    """Who signed out there, told for the first time. Raises `UpstreamFailed`."""
    claims = statements.claims_of(kernel.of(RemoteKeySets), token, signer, TYPES, WHAT)
    now = kernel.clock.time()
    complaint = _complaint(claims, now)
    if complaint:
        raise statements.failed(WHAT, complaint)
    kind, which = f"upstream-logout:{signer.client_id}", (signer.issuer, claims["jti"])
    if not single_use.claim(kernel, kind, *which, OLDEST + 2 * LEEWAY):
        raise statements.failed(WHAT, "was used before")
    return SignedOut(claims.get("sub"), claims.get("sid"))


def _complaint(claims: Claims, now: float) -> str:
    if not is_moment(claims.get("exp")) or claims["exp"] + LEEWAY <= now:
        return "has expired"
    if not is_moment(claims.get("iat")) or claims["iat"] - LEEWAY > now:
        return "is of the future"
    if claims["iat"] + OLDEST + LEEWAY <= now:
        return "is too old"
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        return "tells of no logout"
    if "nonce" in claims:  # "to prevent its misuse as an ID Token"
        return "has a nonce"
    if not is_id(claims.get("jti")):
        return "has no jti"
    if not ("sub" in claims or "sid" in claims):
        return "names nobody"
    if not all(is_id(claims[name]) for name in ("sub", "sid") if name in claims):
        return "names nobody"
    return ""


def is_id(value: Any) -> TypeGuard[str]:
    """Whether a claim can name a person or a session."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()
