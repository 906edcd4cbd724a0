"""Clients of nobody's: they act for themselves, or exchange tokens."""

from __future__ import annotations

from typing import Any

from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
)

MACHINE: dict[str, Any] = {
    "GenerateSecret": True,
    "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
    "AllowedOAuthScopes": ["boats/read", "boats/write", "openid"],
}
EXCHANGER: dict[str, Any] = {
    "GenerateSecret": True,
    "ExplicitAuthFlows": [
        "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    ],
    "AllowedOAuthScopes": ["openid", "email", "boats/read"],
}


def harbour(world: World, **request: Any) -> Pool:
    pool = world.email_pool(**request)
    scopes = [{"ScopeName": n, "ScopeDescription": n} for n in ("read", "write", "sink")]
    pool.call("create_resource_server", Identifier="boats", Name="boats", Scopes=scopes)
    return pool


def token(client: AppClient, **request: Any) -> dict[str, Any]:
    answer = client.call("get_client_token", **{"Secret": client.secret, **request})
    result: dict[str, Any] = answer["ClientAuthenticationResult"]
    return result


def derive(client: AppClient, subject: str, **request: Any) -> dict[str, Any]:
    given = {"SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN", **request}
    if client.secret:
        given.setdefault("ClientSecret", client.secret)
    answer: dict[str, Any] = client.call("get_derived_token", **given)
    return answer
