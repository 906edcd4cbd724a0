"""Logout tokens of a scripted provider, and what they end."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.federation.scripted_provider import (
    CLIENT_ID,
    KEY,
    NAME,
    ScriptedProvider,
    Upstreams,
    signed,
)
from tests.idp.oauth.world import ORIGIN
from tests.servers.relying_party import EVENT

PATH = f"/oauth2/backchannel_logout/{NAME}"


def told(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    key: Any = KEY,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A logout token; claims that are None are left out."""
    now = int(upstreams.world.time.now)
    said = {
        "iss": provider.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": "one",
        "events": {EVENT: {}},
        "sub": "ada",
        **claims,
    }
    return signed(said, key, **{"typ": "logout+jwt", **(header or {})})


def tell(upstreams: Upstreams, token: str, path: str = PATH) -> TestResponse:
    form = {"logout_token": token}
    return upstreams.world.browser().post(f"/{upstreams.pool_id}{path}", data=form, base_url=ORIGIN)


def is_over(upstreams: Upstreams, tokens: dict[str, Any]) -> bool:
    return upstreams.refresh(tokens).status_code == 400
