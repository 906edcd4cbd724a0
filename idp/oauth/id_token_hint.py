"""ID tokens that come back to us as hints, at the authorization endpoint and at the sign-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidAccessToken
from idp.user_pools.services.issuers import pool_of_issuer
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.runtime import Kernel
from kernel.tokens import parsing
from kernel.tokens.errors import InvalidToken
from kernel.tokens.issuers import read_keys
from kernel.tokens.parsing import Unverified


def read(kernel: Kernel, token: str, pool_id: str | None) -> Mapping[str, Any]:
    """The claims of an ID token of the pool (None: of any), expired or not.

    "The OP SHOULD accept ID Tokens when the RP identified by the ID Token's aud claim [...] has a
    current session or had a recent session at the OP, even when the exp time has passed."
    (OIDC RP-Initiated Logout 1.0 §2). Raises `InvalidAccessToken`.
    """
    try:
        unverified = parsing.parse(token, {})
    except InvalidToken:
        raise InvalidAccessToken from None
    issuing = pool_of_issuer(kernel.settings, str(unverified.claims.get("iss", "")))
    if issuing is None or pool_id not in {None, issuing}:
        raise InvalidAccessToken
    if not _is_signed(kernel, unverified, issuing) or unverified.claims.get("token_use") != "id":
        raise InvalidAccessToken
    return unverified.claims


def _is_signed(kernel: Kernel, token: Unverified, pool_id: str) -> bool:
    key = read_keys(kernel.of(SigningKeys).public(pool_id)).get(token.header.kid)
    if key is None or token.header.algorithm not in key.checks:
        return False
    return key.verifies(token.header.algorithm, token.signature, token.message)
