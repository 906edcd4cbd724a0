"""Attacks on the sign-in pages themselves (RFC 9700 §4.16, §4.9; OWASP ASVS 3.4, 2.2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.hosted_ui.blueprint import SCREENS
from idp.models import AttemptCount, BrowserSession
from idp.user_pools.rules.address_delay import FREE_ATTEMPTS
from tests.idp.hosted_ui.account_world import client_of
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import CALLBACK, PASSWORD, Pkce, World, request_of, world

__all__ = ["world"]

EMAIL = "ada@example.com"
PUBLIC = "https://id.example.com"
SECURE = "https://brand.auth.us-east-1.id.example.com"


@pytest.fixture
def pool_id(world: World) -> str:
    made = world.pool()
    world.user(made, EMAIL)
    return made


@pytest.fixture
def visitor(world: World, pool_id: str) -> Visitor:
    return visitor_of(world, pool_id)


def visitor_of(world: World, pool_id: str) -> Visitor:
    client = client_of(world, pool_id)
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, public_url=PUBLIC)
    yield made
    made.close()


# --- Clickjacking, and what a hole in a page could do -----------------------------------------


@pytest.mark.parametrize("path", [path for path, _, _ in SCREENS])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_screen_can_be_framed(visitor: Visitor, path: str, method: str) -> None:
    """RFC 9700 §4.16: "the authorization server MUST prevent clickjacking attacks"."""
    answer = visitor.get(path) if method == "GET" else visitor.post(path)
    headers = answer.headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer"


# --- Cross-site request forgery ---------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path, _, _ in SCREENS])
def test_every_form_is_refused_without_its_token(world: World, visitor: Visitor, path: str) -> None:
    visitor.get("/login")
    form = {"username": EMAIL, "password": PASSWORD, "code": "123456", "action": "resend"}
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "A" * 43}):
        assert visitor.post(path, **form, **token).status_code == 403
    assert world.rows(BrowserSession) == []


# --- Cookies ----------------------------------------------------------------------------------


def signed_in(world: World, visitor: Visitor, origin: str) -> TestResponse:
    address = f"/login?{urlencode(visitor.parameters)}"
    page = visitor.browser.get(address, base_url=origin)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "username": EMAIL, "password": PASSWORD}
    return visitor.browser.post(address, data=form, base_url=origin)


def test_cookies_are_bound_to_the_host_where_there_is_https(secure: World) -> None:
    """RFC 6265bis §4.1.3.2; no sibling host can plant or read them, and no script."""
    pool_id = secure.pool()
    secure.domain(pool_id, "brand")
    secure.user(pool_id, EMAIL)
    visitor = visitor_of(secure, pool_id)
    answer = signed_in(secure, visitor, SECURE)
    assert answer.location.startswith(CALLBACK)
    given = answer.headers.getlist("Set-Cookie")
    assert given
    for cookie in given:
        name, _, attributes = cookie.partition("=")
        assert name.startswith("__Host-")
        words = {each.strip().lower() for each in attributes.split(";")}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= words
        assert not any(each.startswith("domain=") for each in words)


def test_the_session_is_a_new_one_after_each_sign_in(world: World, visitor: Visitor) -> None:
    """Session fixation: a cookie that somebody has planted, or had before, is worth nothing."""
    name = f"poolgate-session-{visitor.client.pool_id}"
    visitor.browser.set_cookie(name, "planted", domain="localhost")
    values = ["planted"]
    for _ in range(2):
        signed_in(world, visitor, "http://localhost:8450")
        cookie = visitor.browser.get_cookie(name, domain="localhost")
        assert cookie is not None
        values.append(cookie.value)
    assert len(set(values)) == 3
    for value in values[:2]:
        stranger = Visitor(world.browser(), visitor.client, visitor.parameters)
        stranger.browser.set_cookie(name, value, domain="localhost")
        assert "/login" in stranger.get("/oauth2/authorize").location


# --- Guesses from account to account ----------------------------------------------------------


def spray(visitor: Visitor, guesses: int, start: int = 0) -> list[int]:
    """One guess for each of many accounts, so that no account locks out."""
    page = visitor.get("/login")
    statuses = []
    for number in range(start, start + guesses):
        form = {"username": f"user{number}@example.com", "password": "Summer-2026!"}
        statuses.append(visitor.submit("/login", page, **form).status_code)
    return statuses


@pytest.fixture
def weary(visitor: Visitor) -> Visitor:
    """Somebody whose address has used up its free attempts."""
    assert spray(visitor, FREE_ATTEMPTS + 1) == [400] * FREE_ATTEMPTS + [429]
    return visitor


def test_an_address_that_goes_from_account_to_account_has_to_wait(
    world: World, weary: Visitor
) -> None:
    """Not even the right password is looked at meanwhile: the answer would tell it."""
    refused = weary.submit("/login", username=EMAIL, password=PASSWORD)
    assert refused.status_code == 429
    assert "Too many attempts" in refused.text
    assert world.rows(BrowserSession) == []
    world.time.now += 1
    assert weary.submit("/login", username=EMAIL, password=PASSWORD).status_code == 302


def test_each_further_guess_costs_twice_the_wait(world: World, weary: Visitor) -> None:
    for seconds in (1, 2, 4, 8):
        world.time.now += seconds
        assert spray(weary, 2, start=100 * seconds) == [400, 429]


def test_an_address_has_to_wait_at_every_screen(weary: Visitor) -> None:
    for path in ("/signup", "/confirm", "/forgotPassword", "/confirmforgotPassword"):
        page = weary.get(path)
        assert page.status_code == 200
        assert weary.submit(path, page, username=EMAIL, code="1", password="x").status_code == 429


def test_other_addresses_and_other_pools_do_not_wait(world: World, weary: Visitor) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.9"}
    page = weary.get("/login")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "username": EMAIL, "password": PASSWORD}
    answer = weary.browser.post(
        weary.address("/login"), data=form, base_url="http://localhost:8450",
        environ_overrides=elsewhere,
    )  # fmt: skip
    assert answer.status_code == 302
    assert spray(visitor_of(world, world.pool(PoolName="others")), 1) == [400]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP"])
def test_an_address_cannot_be_made_up(weary: Visitor, header: str) -> None:
    page = weary.get("/login")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "username": EMAIL, "password": PASSWORD}
    assert weary.post("/login", headers={header: "192.0.2.9"}, **form).status_code == 429


def test_asking_for_messages_counts_as_guessing_does(visitor: Visitor) -> None:
    """Else an address could have a message sent to everybody whose name it knows."""
    page = visitor.get("/forgotPassword")
    statuses = [
        visitor.submit("/forgotPassword", page, username=f"user{number}@example.com").status_code
        for number in range(FREE_ATTEMPTS + 1)
    ]
    assert statuses == [303] * FREE_ATTEMPTS + [429]


def test_addresses_are_not_kept_in_clear(world: World, weary: Visitor) -> None:
    assert not any("127.0.0.1" in row.subject for row in world.rows(AttemptCount))
