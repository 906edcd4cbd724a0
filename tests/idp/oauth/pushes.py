"""Pushed authorization requests as clients send them, and browsers that carry the reference."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.idp.oauth.world import (
    ORIGIN,
    PASSWORD,
    TestClient,
    World,
    csrf_token,
    request_of,
)


def push(world: World, client: TestClient, **parameters: str | None) -> TestResponse:
    given: dict[str, Any] = request_of(client, **parameters)  # type: ignore[arg-type]
    headers = client.basic if client.secret else None
    return world.browser().post("/oauth2/par", data=given, headers=headers, base_url=ORIGIN)


def pushed(world: World, client: TestClient, **parameters: str | None) -> dict[str, str]:
    """What stands in the address of the authorization request."""
    answer = push(world, client, **parameters)
    assert answer.status_code == 201, answer.text
    assert answer.json
    return {"client_id": client.id, "request_uri": answer.json["request_uri"]}


def open_page(browser: FlaskClient, given: dict[str, str], path: str = "/oauth2/authorize") -> Any:
    return browser.get(f"{path}?{urlencode(given)}", base_url=ORIGIN)


def sign_in(browser: FlaskClient, given: dict[str, str]) -> TestResponse:
    form = {
        "csrf_token": csrf_token(open_page(browser, given, "/login")),
        "username": "ada@example.com",
        "password": PASSWORD,
    }
    return browser.post(f"/login?{urlencode(given)}", data=form, base_url=ORIGIN)
