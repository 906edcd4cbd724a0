"""An e-mail address leads to the provider whose IdpIdentifiers have its domain."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.federation.scripted_provider import NAME, ScriptedProvider, Upstreams
from tests.idp.oauth.device_moves import page_of, start
from tests.idp.oauth.world import ORIGIN, World, csrf_token, query_of, request_of

UNKNOWN = "No organization signs in here with this address."
USER_AUTH = {
    "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}
CHOICE = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}


@pytest.fixture
def upstreams(world: World, provider: ScriptedProvider) -> Upstreams:
    made = Upstreams.of(world, world.pool())
    made.add(NAME, provider.details(), IdpIdentifiers=["Company.example", "short"])
    made.add("Other", provider.details())
    return made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def opened(upstreams: Upstreams, browser: FlaskClient, **parameters: str) -> TestResponse:
    query = urlencode(request_of(upstreams.client, **parameters))
    return browser.get(f"/login?{query}", base_url=ORIGIN)


def send(upstreams: Upstreams, browser: FlaskClient, path: str, /, **form: str) -> TestResponse:
    token = csrf_token(opened(upstreams, browser))
    address = f"{path}?{urlencode(request_of(upstreams.client))}"
    return browser.post(address, data={"csrf_token": token, **form}, base_url=ORIGIN)


def led_to(answer: TestResponse) -> str:
    """Where the page leads, by itself and by its link."""
    assert answer.status_code == 200, answer.text
    refresh = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    link = re.search(r'class="aside"><a href="([^"]+)"', answer.text)
    assert refresh
    assert link
    assert refresh[1] == link[1]
    return unescape(refresh[1])


def by_address(upstreams: Upstreams, browser: FlaskClient, address: str) -> TestResponse:
    return send(upstreams, browser, "/signInByEmail", work_email=address)


@pytest.mark.parametrize("address", ["ada@company.example", " Ada@COMPANY.Example "])
def test_the_domain_leads_to_its_provider(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient, address: str
) -> None:
    location = led_to(by_address(upstreams, browser, address))
    assert location.startswith(f"{provider.issuer}/authorize")
    asked = dict(parse_qsl(urlsplit(location).query))
    assert asked["login_hint"] == address.strip()
    assert "code" in query_of(upstreams.come_back(browser, provider, asked))


@pytest.mark.parametrize(
    "address",
    [
        "ada@elsewhere.example",
        "ada@sub.company.example",
        "ada@company.example.evil.example",
        "ada@short",
        "company.example",
        "@company.example",
        "ada@",
        "ada@company.example\x00",
        "a" * 300 + "@company.example.",
        "",
    ],
)
def test_an_unknown_domain_is_answered_with_a_sentence(
    upstreams: Upstreams, browser: FlaskClient, address: str
) -> None:
    answer = by_address(upstreams, browser, address)
    assert answer.status_code == 400
    assert UNKNOWN in answer.text


def test_what_was_typed_is_shown_again_as_text(upstreams: Upstreams, browser: FlaskClient) -> None:
    answer = by_address(upstreams, browser, '"><script>alert(1)</script>@x.example')
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_the_field_is_there_where_a_provider_has_a_domain(
    upstreams: Upstreams, world: World, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    page = opened(upstreams, browser).text
    assert "Work or school email" in page
    assert 'action="/signInByEmail?' in page
    others = Upstreams.of(world, world.pool())
    others.add(NAME, provider.details(), IdpIdentifiers=["short"])
    assert "Work or school email" not in opened(others, browser).text


def test_a_provider_that_the_client_does_not_have_is_found_by_nobody(
    upstreams: Upstreams, world: World, browser: FlaskClient
) -> None:
    client = world.client(
        upstreams.pool_id, confidential=True, SupportedIdentityProviders=["COGNITO", "Other"]
    )
    theirs = Upstreams(world, upstreams.pool_id, client)
    assert "Work or school email" not in opened(theirs, browser).text
    assert UNKNOWN in by_address(theirs, browser, "ada@company.example").text


def test_a_client_without_local_users_has_it_too(
    upstreams: Upstreams, world: World, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    client = world.client(
        upstreams.pool_id, confidential=True, SupportedIdentityProviders=["Company", "Other"]
    )
    theirs = Upstreams(world, upstreams.pool_id, client)
    answer = by_address(theirs, browser, "ada@company.example")
    assert led_to(answer).startswith(f"{provider.issuer}/authorize")
    assert UNKNOWN in by_address(theirs, browser, "ada@elsewhere.example").text
    assert send(theirs, browser, "/login", username="ada", password="x").status_code == 404


def test_a_forged_form_sends_nobody_away(upstreams: Upstreams, browser: FlaskClient) -> None:
    address = f"/signInByEmail?{urlencode(request_of(upstreams.client))}"
    form = {"csrf_token": "forged", "work_email": "ada@company.example"}
    assert browser.post(address, data=form, base_url=ORIGIN).status_code == 403


def test_who_lets_a_device_in_is_led_by_a_page_as_well(
    upstreams: Upstreams, world: World, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    """Its code is typed into a form too, and this client leaves no other choice."""
    client = world.client(upstreams.pool_id, SupportedIdentityProviders=["Company"])
    world.register(client, grant_types=[DEVICE_CODE])
    started = start(world, client)
    answer = browser.get(page_of(client, started["user_code"]), base_url=ORIGIN)
    location = led_to(browser.get(answer.location, base_url=ORIGIN))
    assert location.startswith(f"{provider.issuer}/authorize")


# --- where the name comes first -------------------------------------------------------------------


@pytest.fixture
def choosing(world: World, provider: ScriptedProvider) -> Upstreams:
    made = Upstreams.of(world, world.pool(**CHOICE), **USER_AUTH)
    made.add(NAME, provider.details(), IdpIdentifiers=["company.example"])
    return made


def test_the_name_itself_leads_there(
    choosing: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    assert "Work or school email" not in opened(choosing, browser).text
    answer = send(choosing, browser, "/login", username="ada@company.example")
    location = led_to(answer)
    assert location.startswith(f"{provider.issuer}/authorize")
    assert "login_hint=ada%40company.example" in location


def test_other_names_go_on_here(choosing: Upstreams, world: World, browser: FlaskClient) -> None:
    world.user(choosing.pool_id, "ada@elsewhere.example")
    answer = send(choosing, browser, "/login", username="ada@elsewhere.example")
    assert urlsplit(answer.location).path == "/selectChallenge"


def test_a_request_for_local_users_stays_here(
    choosing: Upstreams, world: World, browser: FlaskClient
) -> None:
    """How an administrator with an address of that domain gets in while its provider is away."""
    world.user(choosing.pool_id, "ada@company.example")
    asked = request_of(choosing.client, identity_provider="COGNITO")
    token = csrf_token(opened(choosing, browser, identity_provider="COGNITO"))
    form = {"csrf_token": token, "username": "ada@company.example"}
    answer = browser.post(f"/login?{urlencode(asked)}", data=form, base_url=ORIGIN)
    assert urlsplit(answer.location).path == "/selectChallenge"
