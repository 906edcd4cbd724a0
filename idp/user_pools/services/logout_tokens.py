"""Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): what a client is told of a logout.

The type `logout+jwt` in the header, and the absence of `token_use` and `nonce`, keep one from
passing for an ID token or an access token; no verifier of ours takes it.
"""

from __future__ import annotations

from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.runtime import Kernel
from kernel.tokens.signing import sign

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPE = "logout+jwt"
LIFETIME = 120
"""Seconds: "preferably at most two minutes in the future" (§2.4)."""


def make(kernel: Kernel, pool_id: str, client_id: str, user_id: str, session_id: str | None) -> str:
    """A signed logout token with an id of its own. Raises `PoolNotFound`."""
    now = int(kernel.clock.time())
    claims = {
        "iss": issuer(kernel.settings, pool_id),
        "aud": client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": kernel.randomness.uuid(),
        "sub": user_id,
        "events": {EVENT: {}},
    }
    if session_id is not None:
        claims["sid"] = session_id
    return sign(claims, kernel.of(SigningKeys).signer(pool_id), {"typ": TYPE})
