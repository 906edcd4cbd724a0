"""GET /logout in its three forms, and where it refuses to send anybody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.models import BrowserSession
from tests.idp.oauth.test_refresh_token import bought
from tests.idp.oauth.world import LOGOUT, ORIGIN, Pkce, TestClient, World, query_of, request_of


@pytest.fixture
def browser(world: World, public_client: TestClient, proof: Pkce) -> FlaskClient:
    made = world.browser()
    world.sign_in(made, public_client, **proof.parameters)
    assert len(world.rows(BrowserSession)) == 1
    return made


def logout(browser: FlaskClient, **parameters: Any) -> TestResponse:
    return browser.get("/logout?" + urlencode(parameters), base_url=ORIGIN)


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


def test_an_id_token_hint_names_the_client(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    hint = bought(world, public_client, Pkce())["id_token"]
    world.time.now += 7200
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT, state="s&1")
    assert answer.location == LOGOUT + "?state=s%261"


def test_without_a_target_it_says_so(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    answer = logout(browser, client_id=public_client.id)
    assert answer.status_code == 200
    assert "You are signed out" in answer.text
    assert world.rows(BrowserSession) == []


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


def test_a_hint_of_another_client_is_refused(
    world: World, browser: FlaskClient, public_client: TestClient, pool_id: str
) -> None:
    hint = bought(world, public_client, Pkce())["id_token"]
    other = world.client(pool_id)
    answer = logout(
        browser, client_id=other.id, id_token_hint=hint, post_logout_redirect_uri=LOGOUT
    )
    assert answer.status_code == 400


def test_an_access_token_is_no_hint(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    hint = bought(world, public_client, Pkce())["access_token"]
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT)
    assert answer.status_code == 400
