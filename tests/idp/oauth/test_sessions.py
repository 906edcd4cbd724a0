"""Browser sessions: what the cookie is worth, when, and against whom."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession
from tests.idp.oauth.moves import is_signed_in
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, request_of


@pytest.fixture
def browser(world: World, public_client: TestClient) -> FlaskClient:
    made = world.browser()
    world.sign_in(made, public_client, **Pkce().parameters)
    return made


def test_the_cookie_is_for_this_site_alone(world: World, public_client: TestClient) -> None:
    answer = world.sign_in(world.browser(), public_client, **Pkce().parameters)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "-session-" in c]
    assert cookie.startswith(f"poolgate-session-{public_client.pool_id}=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=3600"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_host_bound(tmp_path: Path) -> None:
    world = World(tmp_path, public_url="https://sso.example", path_addresses=True)
    pool_id = world.pool()
    world.user(pool_id)
    client = world.client(pool_id)
    query = urlencode(request_of(client, **Pkce().parameters))
    answer = world.browser().get(f"/login?{query}", base_url="https://sso.example")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-poolgate-csrf-")
    assert "Secure" in cookie
    world.close()


def test_a_session_lasts_an_hour(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    world.time.now += 3599
    assert is_signed_in(world, browser, public_client)
    world.time.now += 1
    assert not is_signed_in(world, browser, public_client)


def test_a_session_serves_the_other_clients_of_its_pool(
    world: World, browser: FlaskClient, pool_id: str
) -> None:
    assert is_signed_in(world, browser, world.client(pool_id))


def test_a_session_is_worth_nothing_in_another_pool(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    other = world.client(world.pool(PoolName="others"))
    (session,) = world.rows(BrowserSession)
    value = browser.get_cookie(f"poolgate-session-{session.pool_id}", domain="localhost")
    assert value
    browser.set_cookie(f"poolgate-session-{other.pool_id}", value.value, domain="localhost")
    assert not is_signed_in(world, browser, other)


def test_a_planted_session_cookie_is_not_adopted(world: World, public_client: TestClient) -> None:
    """Session fixation: the attacker knows the cookie from before the sign-in."""
    victim = world.browser()
    name = f"poolgate-session-{public_client.pool_id}"
    victim.set_cookie(name, "planted", domain="localhost")
    world.sign_in(victim, public_client, **Pkce().parameters)
    attacker = world.browser()
    attacker.set_cookie(name, "planted", domain="localhost")
    assert not is_signed_in(world, attacker, public_client)
    assert is_signed_in(world, victim, public_client)


def test_signing_in_again_ends_the_session_before(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    name = f"poolgate-session-{public_client.pool_id}"
    before = browser.get_cookie(name, domain="localhost")
    assert before
    world.sign_in(browser, public_client, **Pkce().parameters)
    thief = world.browser()
    thief.set_cookie(name, before.value, domain="localhost")
    assert not is_signed_in(world, thief, public_client)
    assert len(world.rows(BrowserSession)) == 1


def test_the_stored_session_is_only_a_hash(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    cookie = browser.get_cookie(f"poolgate-session-{public_client.pool_id}", domain="localhost")
    (row,) = world.rows(BrowserSession)
    assert cookie
    assert cookie.value.encode() not in row.id_hash


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"status": "RESET_REQUIRED"}, {"status": "UNCONFIRMED"}]
)
def test_a_session_ends_when_its_person_may_not_sign_in(
    world: World, browser: FlaskClient, public_client: TestClient, change: dict[str, object]
) -> None:
    (row,) = world.rows(BrowserSession)
    world.change_user(row.user_id, **change)
    assert not is_signed_in(world, browser, public_client)


def test_a_session_ends_with_the_password(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    (row,) = world.rows(BrowserSession)
    world.time.now += 1
    world.change_user(row.user_id, password_set=world.kernel.clock.now())
    assert not is_signed_in(world, browser, public_client)


@pytest.mark.parametrize("value", ["", "x", "ü", "%00", "a" * 4000])
def test_a_made_up_cookie_is_nobody(world: World, public_client: TestClient, value: str) -> None:
    header = f"poolgate-session-{public_client.pool_id}={value}"
    query = urlencode(request_of(public_client, **Pkce().parameters))
    answer = world.browser().get(
        f"/oauth2/authorize?{query}", base_url=ORIGIN, headers={"Cookie": header}
    )
    assert answer.location.startswith("/login?")
