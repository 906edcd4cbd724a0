"""Whose request it is: a bearer token of the pool (RFC 6750 §2.1), and how many may come.

A pool without tokens has no endpoint, and answers as one that does not exist, and as to a wrong
token.
"""

from __future__ import annotations

from flask import request

from idp.errors import TooManyRequests
from idp.oauth.provider import Provider
from idp.user_pools.services import scim_tokens

# Requests a second, and at once, of a network before its token is looked at, and of a token.
# Entra ID asks for 25 a second at least.
ADDRESS_RATE, ADDRESS_BURST = 100.0, 1000
TOKEN_RATE, TOKEN_BURST = 100.0, 500


class Unauthenticated(Exception):
    """No token, or none that is good for the pool."""


def authenticate(provider: Provider, pool_id: str) -> str:
    """The id of the present request's token. Raises `Unauthenticated`, `TooManyRequests`."""
    kernel = provider.kernel
    take, now = kernel.shared_state.take, kernel.clock
    if not take(f"scim:{provider.caller_network}", ADDRESS_RATE, ADDRESS_BURST, now.time()):
        raise TooManyRequests
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    token_id = kernel.database.look_up(scim_tokens.admit, pool_id, token.strip(), now.now())
    if token_id is None:
        raise Unauthenticated
    if not take(f"scim:{pool_id}:{token_id}", TOKEN_RATE, TOKEN_BURST, now.time()):
        raise TooManyRequests
    return token_id
