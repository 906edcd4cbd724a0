"""ID tokens that come back to us as hints, at logout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidAccessToken
from idp.user_pools.services.signing_keys import SigningKeys
from idp.user_pools.services.tokens import pool_of_issuer
from kernel.runtime import Kernel
from kernel.tokens import parsing
from kernel.tokens.errors import InvalidToken
from kernel.tokens.issuers import read_keys

Claims = Mapping[str, Any]


def read(kernel: Kernel, token: str, pool_id: str | None) -> Claims:
    """The claims of an ID token of the pool, expired or not. Raises `InvalidAccessToken`.

    "The OP SHOULD accept ID Tokens when the RP identified by the ID Token's aud claim [...] has a
    current session or had a recent session at the OP, even when the exp time has passed."
    (OIDC RP-Initiated Logout 1.0 §2)
    """
    claims = _genuine(kernel, token, pool_id)
    if claims.get("token_use") != "id":
        raise InvalidAccessToken
    return claims


def _genuine(kernel: Kernel, token: str, pool_id: str | None) -> Claims:
    """The claims of a token that one of our pools signed."""
    try:
        unverified = parsing.parse(token, {})
    except InvalidToken:
        raise InvalidAccessToken from None
    issuing = pool_of_issuer(kernel.settings, str(unverified.claims.get("iss", "")))
    if issuing is None or pool_id not in {None, issuing}:
        raise InvalidAccessToken
    header = unverified.header
    key = read_keys(kernel.of(SigningKeys).public(issuing)).get(header.kid)
    if key is None or header.algorithm not in key.checks:
        raise InvalidAccessToken
    if not key.verifies(header.algorithm, unverified.signature, unverified.message):
        raise InvalidAccessToken
    return unverified.claims
