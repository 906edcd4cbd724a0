"""The ID token of another provider, verified (OIDC Core §3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from federation.oidc import statements
from federation.oidc.statements import LEEWAY, Claims, Signer, is_moment
from idp.user_pools.services.upstream import UpstreamFailed
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


def check_age(claims: Mapping[str, Any], max_age: str, now: float) -> None:
    """OIDC Core §3.1.2.1: "When max_age is used, the ID Token returned MUST include an auth_time
    Claim Value"; one that is missing or too old meets no request. Raises `UpstreamFailed`."""
    proven: Any = claims.get("auth_time")
    if max_age and not (is_moment(proven) and now - proven <= int(max_age) + LEEWAY):
        raise UpstreamFailed("The identity provider does not say that the person signed in anew.")


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""
