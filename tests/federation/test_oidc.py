"""An OpenID provider as a pool's identity provider; here it is another pool, over HTTP."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.oidc.relying_party import Answer, Browser, Page
from tests.federation.conftest import CALLBACK, Downstream, Make, details_of, open_sign_in
from tests.servers.application import Application, Person

NAME = "Upstream"


@pytest.fixture(scope="module")
def downstream(make_downstream: Make, upstream: Application) -> Downstream:
    return make_downstream(NAME, "OIDC", details_of(upstream))


def _sign_in(downstream: Downstream, person: Person, **parameters: str) -> Answer:
    browser, page = open_sign_in(downstream, **parameters)
    assert page.asks_for_password
    answer = browser.sign_in(page, person)
    assert isinstance(answer, Answer), answer.response.text
    return answer


def test_a_person_signs_in_at_the_other_provider(downstream: Downstream, person: Person) -> None:
    answer = _sign_in(downstream, person, nonce="nonce-1")
    tokens = downstream.party.redeem(answer.code).json()
    claims = downstream.party.claims(tokens["id_token"], "nonce-1")
    username = f"{NAME}_{person.sub}"
    assert claims["cognito:username"] == username
    assert claims["email"] == person.email
    assert claims["email_verified"] is False  # it is not mapped
    assert claims["cognito:groups"] == [f"{downstream.pool_id}_{NAME}"]
    (identity,) = claims["identities"]
    assert (identity["userId"], identity["providerName"]) == (person.sub, NAME)
    assert (identity["providerType"], identity["primary"]) == ("OIDC", "true")
    user = downstream.user(username)
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"
    assert json.loads(user["identities"])[0]["primary"] is True


def test_the_second_time_it_is_the_same_user(downstream: Downstream, person: Person) -> None:
    first = downstream.party.redeem(_sign_in(downstream, person).code).json()
    second = downstream.party.redeem(_sign_in(downstream, person).code).json()
    claims = [downstream.party.claims(each["id_token"]) for each in (first, second)]
    assert claims[0]["sub"] == claims[1]["sub"]
    assert len(downstream.users()) == 1


def test_the_request_to_the_provider_has_pkce_nonce_and_state(
    downstream: Downstream, upstream: Application
) -> None:
    _, page = open_sign_in(downstream, login_hint="ada@example.com")
    asked = dict(parse_qsl(urlsplit(page.response.url).query))
    assert asked["client_id"] == upstream.client_id
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith("/oauth2/idpresponse")
    assert len(asked["nonce"]) >= 40
    assert asked["state"]
    assert asked["login_hint"] == "ada@example.com"


def test_the_provider_is_asked_for_no_older_proof_than_the_client_takes(
    downstream: Downstream,
) -> None:
    _, page = open_sign_in(downstream, max_age="300")
    asked = dict(parse_qsl(urlsplit(page.response.url).query))
    assert asked["max_age"] == "300"


def test_an_answer_that_another_browser_brings_signs_nobody_in(
    downstream: Downstream, person: Person
) -> None:
    """RFC 9700 §4.7.1: the attacker's answer in the victim's browser (login CSRF)."""
    _, page = open_sign_in(downstream)
    asked = dict(parse_qsl(urlsplit(page.response.url).query))
    victim = Browser(CALLBACK)
    planted = victim.open(f"{asked['redirect_uri']}?code=stolen&state={asked['state']}")
    assert isinstance(planted, Page)
    assert planted.response.status_code == 400
    forged = victim.open(f"{asked['redirect_uri']}?code=stolen&state=made-up")
    assert isinstance(forged, Page)
    assert forged.response.status_code == 400


def test_a_refusal_of_the_provider_comes_back_to_the_client(downstream: Downstream) -> None:
    browser, page = open_sign_in(downstream, state="mine")
    asked = dict(parse_qsl(urlsplit(page.response.url).query))
    shown = browser.open(f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}")
    assert isinstance(shown, Answer)
    assert shown.error == "access_denied"
    assert shown.parameters["state"] == "mine"
    assert "code" not in shown.parameters


def test_a_code_that_the_provider_does_not_know_signs_nobody_in(downstream: Downstream) -> None:
    browser, page = open_sign_in(downstream)
    asked = dict(parse_qsl(urlsplit(page.response.url).query))
    shown = browser.open(f"{asked['redirect_uri']}?code=made-up&state={asked['state']}")
    assert isinstance(shown, Answer)
    assert shown.error == "access_denied"


def test_a_request_that_no_cookie_can_hold_is_refused(downstream: Downstream) -> None:
    browser = downstream.party.browser()
    shown = browser.open(downstream.party.address(state="s" * 3000))
    assert isinstance(shown, Page)
    assert shown.response.status_code == 400
    assert "push it" in shown.response.text
