"""What an OpenID provider signs, verified: its keys, its issuer, and for whom it is meant.

The checks that ID tokens (OIDC Core §3.1.3.7) and logout tokens (Back-Channel Logout 1.0 §2.6)
have in common.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from idp.user_pools.services.upstream import CLOCK_LEEWAY, UpstreamFailed
from kernel.tokens import statements
from kernel.tokens.errors import InvalidToken
from kernel.tokens.key_sets import RemoteKeySets
from kernel.tokens.statements import Statement

ALGORITHMS = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
)
"""Asymmetric ones: with HS256 the client secret would be a key, and a public client has none."""
LEEWAY = CLOCK_LEEWAY
MOST_BYTES = 64_000

Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Signer:
    """Who must have signed, and for which client."""

    issuer: str
    jwks: str
    client_id: str


def claims_of(
    keys: RemoteKeySets, text: Any, signer: Signer, types: Collection[str | None], what: str
) -> Claims:
    """The claims of what is signed; `what` it is completes "The identity provider's ...". Its
    times are the caller's to check. Raises `UpstreamFailed`.

    Keys are fetched last: what is obviously of somebody else asks nobody.
    """
    try:
        statement = statements.read(
            text if isinstance(text, str) else "",
            types=types,
            algorithms=ALGORITHMS,
            most_bytes=MOST_BYTES,
        )
    except InvalidToken:
        raise failed(what, "cannot be read") from None
    claims = statement.claims
    _check_parties(claims, signer, what)
    _check_signature(keys, statement, signer, what)
    return claims


def failed(what: str, complaint: str) -> UpstreamFailed:
    return UpstreamFailed(f"The identity provider's {what} {complaint}.")


def is_moment(value: Any) -> TypeGuard[float]:
    """Whether a claim is a time (RFC 7519 §2, NumericDate)."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _check_parties(claims: Claims, signer: Signer, what: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != signer.issuer:
        raise failed(what, "is of another issuer")
    if signer.client_id not in audiences:
        raise failed(what, "is meant for somebody else")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != signer.client_id:
        raise failed(what, "was issued to another client")


def _check_signature(keys: RemoteKeySets, statement: Statement, signer: Signer, what: str) -> None:
    key = keys.find(signer.jwks, statement.kid, statement.algorithm)
    if key is None:
        raise failed(what, "is signed by a key that is not known")
    try:
        statement.check_signature(key)
    except InvalidToken:
        raise failed(what, "has a wrong signature") from None
