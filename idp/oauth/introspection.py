"""What a token stands for at this moment (RFC 7662).

A client is told of the tokens that were issued to itself. One that answers for resource servers of
the pool (`resource_servers` of its metadata) is told of the access tokens that are meant for them
as well, with their scopes alone. A name that is none of the pool's resource servers is nobody's:
what an exchanged token says in `aud` may be any. Of any other token it learns that it is not
active, as of one that was revoked, has expired or was never issued: there is nothing to try tokens
out with (§4). An ID token is neither an access token nor a refresh token, and never active here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from idp.errors import IdpError, InvalidRefreshToken
from idp.oauth.clients import OAuthClient
from idp.user_pools.services import access, client_scopes, quick_reads, refresh_tokens, subjects
from idp.user_pools.services.issuers import issuer
from kernel.runtime import Kernel
from kernel.tokens.errors import InvalidToken
from kernel.tokens.verification import Verifier

INACTIVE: Mapping[str, Any] = {"active": False}
TOLD = (
    "scope", "client_id", "username", "exp", "iat", "nbf", "sub", "aud", "iss", "jti", "cnf",
    "act", "acr", "amr", "auth_time",
)  # §2.2, read as a list  # fmt: skip


def introspect(kernel: Kernel, client: OAuthClient, token: str) -> Mapping[str, Any]:
    """The answer of §2.2."""
    if token.count(".") == 2:
        return _access_token(kernel, client, token)
    return _refresh_token(kernel, client, token)


def _access_token(kernel: Kernel, client: OAuthClient, token: str) -> Mapping[str, Any]:
    try:
        claims = kernel.of(Verifier).verify(token, issuer(kernel.settings, client.pool_id))
    except InvalidToken:
        return INACTIVE
    if claims.get("token_use") != "access":
        return INACTIVE
    is_own = claims.get("client_id") == client.client_id
    servers = frozenset[str]() if is_own else _servers_of(kernel, client)
    if not (is_own or _is_meant_for(servers, claims)) or not _is_standing(kernel, claims):
        return INACTIVE
    told = {name: claims[name] for name in TOLD if name in claims}
    if not is_own:
        told["scope"] = " ".join(_scopes_of(servers, claims))
    kind = "DPoP" if "jkt" in claims.get("cnf", {}) else "Bearer"
    return {"active": True, "token_type": kind, **told}


def _servers_of(kernel: Kernel, client: OAuthClient) -> frozenset[str]:
    """The resource servers that the client answers for, of those that its pool has today."""
    named = client.metadata.resource_servers
    if not named:
        return named
    return named & kernel.database.look_up(client_scopes.kept_servers, kernel, client.pool_id)


def _is_meant_for(servers: Set[str], claims: Mapping[str, Any]) -> bool:
    audience = claims.get("aud", [])
    named = set(audience) if isinstance(audience, list) else {audience}
    return bool(named & servers) if named else bool(_scopes_of(servers, claims))


def _scopes_of(servers: Set[str], claims: Mapping[str, Any]) -> list[str]:
    scopes = str(claims.get("scope", "")).split()
    return [each for each in scopes if each.rpartition("/")[0] in servers]


def _is_standing(kernel: Kernel, claims: Mapping[str, Any]) -> bool:
    """As the database has the sign-in, or the client of a client's own token, at this moment."""
    try:
        if "origin_jti" in claims:
            kernel.database.look_up(access.load, kernel, claims)
        else:
            kernel.database.look_up(subjects.load_client, kernel, str(claims.get("client_id")))
    except IdpError:
        return False
    return True


def _refresh_token(kernel: Kernel, client: OAuthClient, token: str) -> Mapping[str, Any]:
    """It opens for its own client alone. One that rotation has replaced is not active, and asking
    about it is no use of it: nothing is revoked."""
    try:
        state = refresh_tokens.unseal(kernel, client.client_id, token)
    except InvalidRefreshToken:
        return INACTIVE
    found = kernel.database.look_up(quick_reads.family_and_user, state.family_id)
    if found is None:
        return INACTIVE
    family, user = found
    is_over = family.revoked is not None or family.expires <= kernel.clock.now()
    if is_over or not user.enabled or state.generation != family.generation:
        return INACTIVE
    return {
        "active": True,
        "client_id": client.client_id,
        "scope": " ".join(family.scopes),
        "sub": user.id,
        "username": user.username,
        "iss": issuer(kernel.settings, client.pool_id),
        "iat": int(family.created.timestamp()),
        "exp": int(family.expires.timestamp()),
        **({"cnf": family.binding["cnf"]} if "cnf" in family.binding else {}),
    }
