"""The ID token of another provider, verified (OIDC Core §3.1.3.7)."""

from __future__ import annotations

import hmac
from typing import Any

from federation.oidc import statements
from federation.oidc.statements import LEEWAY, Claims, Signer, is_moment
from kernel.tokens.key_sets import RemoteKeySets

WHAT = "ID token"
TYPES = frozenset({None, "jwt"})
"""Other types are other things (RFC 8725 §3.11): a logout token is no ID token."""


def verify(keys: RemoteKeySets, token: Any, signer: Signer, nonce: str, now: float) -> Claims:
    """The claims. Raises `UpstreamFailed`."""
    claims = statements.claims_of(keys, token, signer, TYPES, WHAT)
    complaint = ""
    if not is_moment(claims.get("exp")) or claims["exp"] + LEEWAY <= now:
        complaint = "has expired"
    elif not is_moment(claims.get("iat")) or claims["iat"] - LEEWAY > now:
        complaint = "is of the future"
    elif not hmac.compare_digest(_bytes(claims.get("nonce")), nonce.encode()):
        complaint = "belongs to another sign-in"
    if complaint:
        raise statements.failed(WHAT, complaint)
    return claims


def proven(claims: Claims, now: float) -> float | None:
    """When the person proved himself (`auth_time`), as far as that can be true."""
    said = claims.get("auth_time")
    return min(float(said), now) if is_moment(said) and 0 < said <= now + LEEWAY else None


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""
