"""Forms that others send."""

from __future__ import annotations

import pytest

from idp.models import BrowserSession, User
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import ORIGIN, PASSWORD, Pkce, World, csrf_token, request_of

FORM = {"username": "ada@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def ada(world: World, pool_id: str) -> str:
    return world.user(pool_id)


def assert_refused(world: World, visitor: Visitor, **form: str) -> None:
    answer = visitor.post("/login", **{**FORM, **form})
    assert answer.status_code == 403
    assert world.rows(BrowserSession) == []


def test_a_form_without_a_token_is_refused(world: World, visitor: Visitor) -> None:
    visitor.get("/login")
    assert_refused(world, visitor)
    assert_refused(world, visitor, csrf_token="")
    assert_refused(world, visitor, csrf_token="ü")


def test_a_token_without_its_cookie_is_refused(world: World, visitor: Visitor) -> None:
    token = csrf_token(visitor.get("/login"))
    stranger = Visitor(world.browser(), visitor.client, visitor.parameters)
    assert_refused(world, stranger, csrf_token=token)


def test_a_token_of_the_attackers_browser_is_refused(world: World, visitor: Visitor) -> None:
    """Login CSRF: signing the victim in as the attacker."""
    attacker = Visitor(world.browser(), visitor.client, visitor.parameters)
    token = csrf_token(attacker.get("/login"))
    visitor.get("/login")
    assert_refused(world, visitor, csrf_token=token)


def test_a_token_of_another_pool_is_refused(world: World, visitor: Visitor) -> None:
    other = world.client(world.pool(PoolName="others"))
    there = Visitor(visitor.browser, other, request_of(other, **Pkce().parameters))
    token = csrf_token(there.get("/login"))
    visitor.get("/login")
    assert_refused(world, visitor, csrf_token=token)


def test_a_token_from_before_the_sign_in_is_refused_after_it(
    world: World, visitor: Visitor
) -> None:
    token = csrf_token(visitor.get("/login"))
    visitor.post("/login", **FORM, csrf_token=token)
    form = {"username": "eve@example.com", "password": PASSWORD, "csrf_token": token}
    assert visitor.post("/signup", **form).status_code == 403
    assert len(world.rows(User)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://other.auth.us-east-1.localhost:8450"},
        {"Origin": "http://localhost:9999"},
    ],
)
def test_a_form_that_the_browser_says_is_foreign_is_refused(
    world: World, visitor: Visitor, headers: dict[str, str]
) -> None:
    """Even where a sibling host could plant both the cookie and its token."""
    token = csrf_token(visitor.get("/login"))
    answer = visitor.post("/login", headers=headers, **FORM, csrf_token=token)
    assert answer.status_code == 403
    assert world.rows(BrowserSession) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
        {},
    ],
)
def test_our_own_form_is_taken(visitor: Visitor, headers: dict[str, str]) -> None:
    token = csrf_token(visitor.get("/login"))
    answer = visitor.post("/login", headers=headers, **FORM, csrf_token=token)
    assert answer.status_code == 302


def test_a_flow_cookie_of_another_client_or_screen_is_none(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    visitor.submit("/forgotPassword", username="ada@example.com")
    assert 'name="username"' not in visitor.get("/confirmforgotPassword").text
    assert 'name="username"' in visitor.get("/confirm").text
    other = world.client(pool_id)
    there = Visitor(visitor.browser, other, request_of(other, **Pkce().parameters))
    assert 'name="username"' in there.get("/confirmforgotPassword").text


def test_an_altered_flow_cookie_is_none(visitor: Visitor) -> None:
    visitor.submit("/forgotPassword", username="ada@example.com")
    name = f"poolgate-flow-{visitor.client.pool_id}"
    for value in ("", "x", "A" * 200):
        visitor.browser.set_cookie(name, value, domain="localhost")
        assert 'name="username"' in visitor.get("/confirmforgotPassword").text
