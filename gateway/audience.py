"""For whom a token was issued, of which kind it is, and what it may do. Pure rules on claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.snapshot import JwtAuthorizer


def is_for(claims: Mapping[str, Any], authorizer: JwtAuthorizer) -> bool:
    """Whether one of the authorizer's audiences is meant.

    "API Gateway validates client_id only if aud is not present. When both aud and client_id are
    present, API Gateway evaluates aud" (developer guide, "Troubleshooting issues with HTTP API JWT
    authorizers").
    """
    if authorizer.any_audience:
        return True
    named = claims["aud"] if "aud" in claims else claims.get("client_id")
    if isinstance(named, list):
        return any(isinstance(name, str) and name in authorizer.audiences for name in named)
    return isinstance(named, str) and named in authorizer.audiences


def is_id_token(claims: Mapping[str, Any]) -> bool:
    """Whether Cognito made it to tell a client who signed in, not to open APIs."""
    return claims.get("token_use") == "id"


def is_access_token(claims: Mapping[str, Any]) -> bool:
    """Whether the token was made to open APIs.

    Cognito says so in `token_use`. Elsewhere an access token names its client (RFC 9068 §2.2) or
    its scopes, and has none of the claims by which an ID token answers a sign-in (OpenID Connect
    Core 1.0 §2, §3.3.2.11).
    """
    if "token_use" in claims:
        return bool(claims["token_use"] == "access")
    answers_sign_in = any(name in claims for name in ("nonce", "at_hash", "c_hash"))
    return not answers_sign_in and any(name in claims for name in ("client_id", "scope", "scp"))


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The scopes of an access token, from `scope` or `scp`; an ID token has none."""
    if is_id_token(claims):
        return frozenset()
    granted = claims.get("scope", claims.get("scp", ""))
    if isinstance(granted, str):
        return frozenset(granted.split())
    if isinstance(granted, list):
        return frozenset(scope for scope in granted if isinstance(scope, str))
    return frozenset()
