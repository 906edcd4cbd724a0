"""Request objects as clients sign and send them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.idp.oauth.keys import new_jti
from tests.idp.oauth.world import (
    ORIGIN,
    TestClient,
    World,
    request_of,
)


def request_claims(world: World, client: TestClient, **changed: Any) -> dict[str, Any]:
    """The claims of a good object; None leaves one out."""
    claims = {
        **request_of(client),
        "iss": client.id,
        "aud": f"{ORIGIN}/{client.pool_id}",
        "exp": world.time.now + 60,
        "jti": new_jti(),
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def send(world: World, client: TestClient, request: str, **beside: str) -> TestResponse:
    query = urlencode({"client_id": client.id, "request": request, **beside})
    return world.browser().get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
