"""Devices that ask to be let in, and people who let them in or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.idp.oauth.world import (
    ORIGIN,
    PASSWORD,
    TestClient,
    World,
    csrf_token,
)

DEVICE = "/oauth2/device_authorization"


def start(world: World, client: TestClient, **form: str) -> dict[str, Any]:
    given = {"client_id": client.id, **form}
    answer = world.browser().post(DEVICE, data=given, base_url=ORIGIN)
    assert answer.status_code == 200, answer.text
    started: dict[str, Any] = answer.get_json()
    return started


def poll(world: World, client: TestClient, device_code: str) -> TestResponse:
    return world.token(grant_type=DEVICE_CODE, client_id=client.id, device_code=device_code)


def error_of(answer: TestResponse) -> str:
    assert answer.status_code == 400
    return str(answer.get_json()["error"])


def page_of(client: TestClient, user_code: str) -> str:
    return f"/device/{client.pool_id}?{urlencode({'user_code': user_code})}"


def sign_in(browser: FlaskClient, address: str, email: str = "ada@example.com") -> TestResponse:
    """Fill in the sign-in form; the page of the device that follows."""
    form = {"csrf_token": csrf_token(browser.get(address, base_url=ORIGIN)),
            "username": email, "password": PASSWORD}  # fmt: skip
    answer = browser.post(address, data=form, base_url=ORIGIN)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location, base_url=ORIGIN)


def consent(browser: FlaskClient, client: TestClient, user_code: str) -> TestResponse:
    """Enter the code, sign in, and see the question."""
    answer = browser.get(page_of(client, user_code), base_url=ORIGIN)
    assert answer.status_code == 303
    return sign_in(browser, answer.location)


def decide(browser: FlaskClient, page: TestResponse, decision: str = "allow") -> TestResponse:
    form = {"csrf_token": csrf_token(page), "decision": decision}
    return browser.post(page.request.full_path, data=form, base_url=ORIGIN)


def let_in(world: World, client: TestClient, browser: FlaskClient) -> dict[str, Any]:
    started = start(world, client)
    answer = decide(browser, consent(browser, client, started["user_code"]))
    assert "Your device is connected" in answer.text
    return started
