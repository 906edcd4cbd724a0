"""/logout in Amazon Cognito's forms, and where it refuses to send anybody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession
from tests.idp.oauth.moves import confirm, logout
from tests.idp.oauth.world import (
    LOGOUT,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    query_of,
    request_of,
)


@pytest.fixture
def browser(world: World, public_client: TestClient, proof: Pkce) -> FlaskClient:
    made = world.browser()
    world.sign_in(made, public_client, **proof.parameters)
    assert len(world.rows(BrowserSession)) == 1
    return made


def test_logout_uri_ends_the_session_and_goes_there(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    answer = logout(browser, client_id=public_client.id, logout_uri=LOGOUT)
    assert (answer.status_code, answer.location) == (302, LOGOUT)
    assert world.rows(BrowserSession) == []
    name = f"poolgate-session-{public_client.pool_id}"
    assert browser.get_cookie(name, domain="localhost") is None


def test_redirect_uri_signs_in_again(
    world: World, browser: FlaskClient, public_client: TestClient, proof: Pkce
) -> None:
    given = request_of(public_client, **proof.parameters)
    answer = logout(browser, **given)
    assert answer.location.startswith("/login?")
    assert query_of(logout(browser, **given)) == given
    assert world.rows(BrowserSession) == []


def test_without_a_target_the_person_is_asked_and_told(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    asked = logout(browser, client_id=public_client.id)
    assert "Do you want to sign out?" in asked.text
    assert len(world.rows(BrowserSession)) == 1
    answer = confirm(browser, asked)
    assert "You are signed out" in answer.text
    assert world.rows(BrowserSession) == []


def test_whoever_is_not_signed_in_is_not_asked(world: World, public_client: TestClient) -> None:
    answer = logout(world.browser(), client_id=public_client.id)
    assert answer.status_code == 200
    assert "You are signed out" in answer.text


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", LOGOUT + "/", LOGOUT + "?x", "//app.example/bye", "javascript:1", "ü"],
)
@pytest.mark.parametrize("name", ["logout_uri", "post_logout_redirect_uri"])
def test_an_unregistered_target_is_never_followed(
    world: World, browser: FlaskClient, public_client: TestClient, name: str, target: str
) -> None:
    answer = logout(browser, client_id=public_client.id, **{name: target})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert len(world.rows(BrowserSession)) == 1


@pytest.mark.parametrize(
    "given",
    [{}, {"client_id": "nobody", "logout_uri": LOGOUT}, {"id_token_hint": "a.b.c"},
     {"client_id": ["a", "b"]}],
)  # fmt: skip
def test_an_incomplete_request_is_a_page(world: World, given: dict[str, Any]) -> None:
    answer = world.browser().get("/logout?" + urlencode(given, doseq=True), base_url=ORIGIN)
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
