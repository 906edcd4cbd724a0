"""DPoP proofs as clients make them."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.idp.oauth.keys import ClientKey, hash_of, new_jti
from tests.idp.oauth.world import ORIGIN, TestClient, World

TOKEN_ENDPOINT = f"{ORIGIN}/oauth2/token"
USER_INFO = f"{ORIGIN}/oauth2/userInfo"


def proof(world: World, key: ClientKey, **changes: Any) -> str:
    """For the token endpoint, unless told otherwise; None leaves a claim or header member out."""
    header = {"typ": "dpop+jwt", "jwk": key.jwk(), **changes.pop("header", {})}
    given = {
        "htm": "POST",
        "htu": TOKEN_ENDPOINT,
        "iat": int(world.time.now),
        "jti": new_jti(),
        **changes,
    }
    return key.sign({name: each for name, each in given.items() if each is not None}, **header)


def nonce(world: World, key: ClientKey) -> str:
    """The server's, as it comes with any answer."""
    headers = {"DPoP": proof(world, key)}
    return world.token(headers, grant_type="nothing").headers["DPoP-Nonce"]


def headers(
    world: World, key: ClientKey, client: TestClient | None = None, **changes: Any
) -> dict[str, str]:
    """Of a token request, with the server's nonce."""
    given = {"nonce": nonce(world, key), **changes}
    basic = client.basic if client and client.secret else {}
    return {**basic, "DPoP": proof(world, key, **given)}


def redeem(
    world: World, key: ClientKey, client: TestClient, code: str, **form: str
) -> TestResponse:
    given = {
        "grant_type": "authorization_code",
        "client_id": client.id,
        "code": code,
        "redirect_uri": "https://app.example/callback",
        **form,
    }
    return world.token(headers(world, key, client), **given)


def user_info(
    world: World, key: ClientKey, token: str, scheme: str = "DPoP", **changes: Any
) -> TestResponse:
    given = {"htm": "GET", "htu": USER_INFO, "ath": hash_of(token), **changes}
    fields = {"Authorization": f"{scheme} {token}", "DPoP": proof(world, key, **given)}
    return world.browser().get("/oauth2/userInfo", headers=fields, base_url=ORIGIN)
