"""OpenID Connect Session Management 1.0: the state in the response, the cookie, and the frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from idp.hosted_ui import assets
from idp.oauth.session_management import session_state
from tests.idp.oauth.moves import authorize, logout
from tests.idp.oauth.world import LOGOUT, ORIGIN, Pkce, TestClient, World, query_of, request_of


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.configure(public_client.pool_id, session_management=True)
    return public_client


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def state_cookie(browser: FlaskClient, client: TestClient) -> str | None:
    found = browser.get_cookie(f"poolgate-state-{client.pool_id}", domain="localhost")
    return found.value if found else None


def is_of(given: str, client: TestClient, cookie: str | None) -> bool:
    """What the frame's script finds out, for a page of the client."""
    salt = given.partition(".")[2]
    return given == session_state(client.id, "https://app.example", cookie or "", salt)


def test_the_response_and_the_cookie_fit_until_the_sign_out(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    given = query_of(world.sign_in(browser, client, **Pkce().parameters))["session_state"]
    cookie = state_cookie(browser, client)
    assert is_of(given, client, cookie)
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert state_cookie(browser, client) is None
    assert not is_of(given, client, None)


def test_single_sign_on_has_the_same_state_under_another_salt(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    first = query_of(world.sign_in(browser, client, **Pkce().parameters))["session_state"]
    second = query_of(authorize(world, client, browser, prompt="none", **Pkce().parameters))
    assert second["session_state"] != first
    assert is_of(second["session_state"], client, state_cookie(browser, client))


def test_another_person_has_another_state(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    world.user(client.pool_id, "grace@example.com")
    given = query_of(world.sign_in(browser, client, **Pkce().parameters))["session_state"]
    world.sign_in(browser, client, email="grace@example.com", **Pkce().parameters)
    assert not is_of(given, client, state_cookie(browser, client))


def test_a_state_is_of_one_client_and_one_origin(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    given = query_of(world.sign_in(browser, client, **Pkce().parameters))["session_state"]
    cookie, salt = state_cookie(browser, client) or "", given.partition(".")[2]
    assert given != session_state(client.id, "https://evil.example", cookie, salt)
    assert given != session_state("another", "https://app.example", cookie, salt)


def test_a_session_from_before_it_was_turned_on_gets_its_cookie(
    world: World, public_client: TestClient, browser: FlaskClient
) -> None:
    world.sign_in(browser, public_client, **Pkce().parameters)
    assert state_cookie(browser, public_client) is None
    world.configure(public_client.pool_id, session_management=True)
    answer = query_of(authorize(world, public_client, browser, **Pkce().parameters))
    cookie = state_cookie(browser, public_client)
    assert is_of(answer["session_state"], public_client, cookie)


def test_off_by_default(world: World, public_client: TestClient, browser: FlaskClient) -> None:
    answer = world.sign_in(browser, public_client, **Pkce().parameters)
    assert "session_state" not in query_of(answer)
    assert state_cookie(browser, public_client) is None
    assert browser.get(f"/oauth2/checkSession/{public_client.pool_id}").status_code == 404
    document = browser.get(f"/{public_client.pool_id}/.well-known/openid-configuration")
    assert "check_session_iframe" not in document.get_json()


def test_a_native_application_has_no_origin(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    native = world.client(client.pool_id, CallbackURLs=["com.example.app:/cb"])
    given = {"redirect_uri": "com.example.app:/cb", **Pkce().parameters}
    assert "session_state" not in world.sign_in(browser, native, **given).location


def test_discovery_names_a_frame_that_any_page_may_hold(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    document = browser.get(f"/{client.pool_id}/.well-known/openid-configuration").get_json()
    frame = browser.get(document["check_session_iframe"], base_url=ORIGIN)
    assert frame.status_code == 200
    assert f'data-cookie="poolgate-state-{client.pool_id}"' in frame.text
    policy = frame.headers["Content-Security-Policy"]
    digest = assets.source(assets.script("check_session.js"))
    assert policy == (
        f"default-src 'none'; script-src {digest}; frame-ancestors *; base-uri 'none'"
    )
    assert "X-Frame-Options" not in frame.headers


@pytest.mark.parametrize("pool", ["us-east-1_nothere1", "x", "%00", "us-east-1_ü"])
def test_an_unknown_pool_has_no_frame(browser: FlaskClient, pool: str) -> None:
    assert browser.get(f"/oauth2/checkSession/{pool}", base_url=ORIGIN).status_code == 404


# --- over https ----------------------------------------------------------------------------------

SECURE = "https://sso.example"


@pytest.fixture
def secure_world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, public_url=SECURE, path_addresses=True)
    yield made
    made.close()


def cookies(world: World, client: TestClient) -> dict[str, str]:
    """The Set-Cookie lines of a sign-in, by what the cookies are for."""
    address = f"/login?{urlencode(request_of(client, **Pkce().parameters))}"
    browser = world.browser()
    page = browser.get(address, base_url=SECURE)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "username": "ada@example.com", "password": "Correct-horse-7"}
    answer = browser.post(address, data=form, base_url=SECURE)
    return {line.split("-")[2]: line for line in answer.headers.getlist("Set-Cookie")}


def test_over_https_both_cookies_come_along_in_frames_of_other_sites(secure_world: World) -> None:
    pool_id = secure_world.pool()
    secure_world.user(pool_id)
    client = secure_world.client(pool_id)
    assert "SameSite=Lax" in cookies(secure_world, client)["session"]
    secure_world.configure(pool_id, session_management=True)
    given = cookies(secure_world, client)
    for kind in ("session", "state"):
        assert given[kind].startswith(f"__Host-poolgate-{kind}-{pool_id}=")
        assert "SameSite=None" in given[kind]
        assert "Secure" in given[kind]
    assert "HttpOnly" in given["session"]
    assert "HttpOnly" not in given["state"]
