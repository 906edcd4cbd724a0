"""Who must sign in: the subject of `id_token_hint` (OIDC Core §3.1.2.1) or `claims` (§5.5.1)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.errors import IdpError
from idp.oauth import id_token_hint
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import RequestRefused
from idp.user_pools.rules import requested_claims
from kernel.runtime import Kernel


def find(kernel: Kernel, parameters: Mapping[str, str], wanted: AuthorizationRequest) -> str | None:
    """The user's id, or None where anybody may. Raises `RequestRefused`."""
    named = {*_hinted(kernel, parameters, wanted), *_claimed(wanted)}
    if len(named) > 1:
        raise _refused("The request names several people.", wanted)
    return next(iter(named), None)


def _hinted(
    kernel: Kernel, parameters: Mapping[str, str], wanted: AuthorizationRequest
) -> list[str]:
    hint = parameters.get("id_token_hint")
    if hint is None:
        return []
    client = wanted.client
    try:
        claims = id_token_hint.read(kernel, hint, client.pool_id)
    except IdpError:
        raise _refused("id_token_hint is not an ID token of this pool.", wanted) from None
    if client.client_id not in {claims.get("aud"), claims.get("azp")}:
        raise _refused("id_token_hint is another client's.", wanted)
    return [str(claims["sub"])]


def _claimed(wanted: AuthorizationRequest) -> list[str]:
    """§5.5.1 has a client ask with `value` that it be that one."""
    wishes = wanted.binding.get("claims", {})
    values = [
        value
        for place in requested_claims.PLACES
        for value in wishes.get(place, {}).get("sub", {}).get("values", ())
    ]
    return [str(value) for value in values]


def _refused(description: str, wanted: AuthorizationRequest) -> RequestRefused:
    return RequestRefused(InvalidRequestError(description), wanted.return_address)
