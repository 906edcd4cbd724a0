"""A client with `require_consent` gets nothing before the person has allowed it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.models import AuthorizationCode, Consent, PushedRequest, RefreshFamily
from idp.user_pools.services import consents
from tests.idp.oauth.moves import authorize, decide
from tests.idp.oauth.pushes import pushed, sign_in
from tests.idp.oauth.world import (
    ORIGIN,
    Pkce,
    TestClient,
    World,
    query_of,
)


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.register(public_client, require_consent=True)
    return public_client


def allow(world: World, client: TestClient, browser: FlaskClient, **more: str) -> TestResponse:
    return decide(browser, world.sign_in(browser, client, **{**Pkce().parameters, **more}), "allow")


def test_a_person_is_asked_once(world: World, client: TestClient, proof: Pkce) -> None:
    browser = world.browser()
    screen = world.sign_in(browser, client, **proof.parameters)
    assert world.rows(AuthorizationCode) == []
    page = browser.get(screen.location, base_url=ORIGIN)
    for words in ("Allow Lighthouse?", "ada@example.com", "See your email address", "app.example"):
        assert words in page.text
    back = query_of(decide(browser, screen, "allow"))
    assert world.redeem(client, back["code"], code_verifier=proof.verifier).status_code == 200
    again = authorize(world, client, browser, **proof.parameters)
    assert "code" in query_of(again)


def test_whoever_says_no_is_sent_back_without_a_code(
    world: World, client: TestClient, proof: Pkce
) -> None:
    browser = world.browser()
    back = query_of(decide(browser, world.sign_in(browser, client, **proof.parameters), "deny"))
    assert back["error"] == "access_denied"
    assert back["state"] == "af0ifjsldkj"
    assert world.rows(AuthorizationCode) == []
    assert world.rows(Consent) == []


def test_more_than_was_allowed_is_asked_for(world: World, client: TestClient) -> None:
    browser = world.browser()
    allow(world, client, browser)
    fewer = authorize(world, client, browser, scope="openid", **Pkce().parameters)
    assert "code" in query_of(fewer)
    more = authorize(world, client, browser, scope="openid profile", **Pkce().parameters)
    assert "code" in query_of(decide(browser, more, "allow"))
    (row,) = world.rows(Consent)
    assert row.scopes == ["openid", "email", "profile"]


def test_a_claim_asked_for_by_name_is_asked_for(world: World, client: TestClient) -> None:
    browser = world.browser()
    allow(world, client, browser)
    claims = orjson.dumps({"id_token": {"birthdate": None}}).decode()
    screen = authorize(world, client, browser, claims=claims, **Pkce().parameters)
    assert (
        "See this of your profile: birthdate" in browser.get(screen.location, base_url=ORIGIN).text
    )
    assert "code" in query_of(decide(browser, screen, "allow"))


def test_openid_alone_says_that_it_gives_everything(world: World, client: TestClient) -> None:
    browser = world.browser()
    screen = world.sign_in(browser, client, scope="openid", **Pkce().parameters)
    assert "See all of your profile" in browser.get(screen.location, base_url=ORIGIN).text


def test_prompt_consent_asks_again(world: World, client: TestClient) -> None:
    browser = world.browser()
    allow(world, client, browser)
    screen = authorize(world, client, browser, prompt="consent", **Pkce().parameters)
    assert "code" in query_of(decide(browser, screen, "allow"))


def test_prompt_none_cannot_ask(world: World, client: TestClient) -> None:
    browser = world.browser()
    world.sign_in(browser, client, **Pkce().parameters)
    answer = authorize(world, client, browser, prompt="none", **Pkce().parameters)
    assert query_of(answer)["error"] == "consent_required"


def test_a_client_without_the_setting_never_asks(world: World, public_client: TestClient) -> None:
    browser = world.browser()
    assert "code" in query_of(world.sign_in(browser, public_client, **Pkce().parameters))
    answer = authorize(world, public_client, browser, prompt="consent", **Pkce().parameters)
    assert "code" in query_of(answer)


def test_the_screen_is_no_way_around_signing_in(world: World, client: TestClient) -> None:
    """`prompt=login` and `max_age` hold for somebody who opens the screen's address himself."""
    browser = world.browser()
    allow(world, client, browser)
    asked = authorize(world, client, browser, prompt="login", **Pkce().parameters)
    screen = asked.location.replace("/login?", "/consent?")
    assert browser.get(screen, base_url=ORIGIN).location.startswith("/login?")
    assert world.browser().get(screen, base_url=ORIGIN).location.startswith("/login?")
    world.time.now += 61
    old = authorize(world, client, browser, max_age="60", **Pkce().parameters)
    screen = old.location.replace("/login?", "/consent?")
    assert browser.get(screen, base_url=ORIGIN).location.startswith("/login?")


def test_prompt_login_is_satisfied_by_the_sign_in_before(world: World, client: TestClient) -> None:
    assert "code" in query_of(allow(world, client, world.browser(), prompt="login consent"))


def test_the_decision_needs_a_form_of_ours(world: World, client: TestClient) -> None:
    browser = world.browser()
    screen = world.sign_in(browser, client, **Pkce().parameters)
    browser.get(screen.location, base_url=ORIGIN)
    forged = browser.post(screen.location, data={"decision": "allow"}, base_url=ORIGIN)
    assert forged.status_code == 403
    assert world.rows(Consent) == []


def test_a_pushed_request_goes_through_the_screen_and_ends_with_a_no(
    world: World, client: TestClient
) -> None:
    for decision, member in (("allow", "code"), ("deny", "error")):
        given = pushed(world, client, prompt="consent", **Pkce().parameters)
        browser = world.browser()
        assert member in query_of(decide(browser, sign_in(browser, given), decision))
        assert world.rows(PushedRequest) == []


def test_withdrawing_ends_what_the_client_got(world: World, client: TestClient) -> None:
    proof, browser = Pkce(), world.browser()
    back = query_of(allow(world, client, browser, **proof.parameters))
    bought = world.redeem(client, back["code"], code_verifier=proof.verifier).json
    assert bought
    waiting = query_of(authorize(world, client, browser, **proof.parameters))["code"]
    (family,) = world.rows(RefreshFamily)

    def unit(session: Any) -> bool:
        (given,) = consents.of_user(session, family.user_id)
        assert (given.client_id, given.client_name) == (client.id, "Lighthouse")
        assert given.scopes == ("openid", "email")
        return consents.withdraw(session, family.user_id, given.client_id, world.kernel.clock.now())

    assert world.kernel.database.write(unit)
    assert world.user_info(bought["access_token"]).status_code == 401
    form = {"client_id": client.id, "refresh_token": bought["refresh_token"]}
    assert world.token(grant_type="refresh_token", **form).status_code == 400
    assert world.redeem(client, waiting, code_verifier=proof.verifier).status_code == 400
    screen = authorize(world, client, browser, **proof.parameters)
    assert screen.location.startswith("/consent?")


def test_another_language_stays_on_the_screen(world: World, client: TestClient) -> None:
    browser = world.browser()
    screen = world.sign_in(browser, client, prompt="login", **Pkce().parameters)
    other = f"{screen.location}&{urlencode({'lang': 'fr'})}"
    assert browser.get(other, base_url=ORIGIN).status_code == 200
