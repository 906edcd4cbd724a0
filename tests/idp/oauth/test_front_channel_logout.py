"""OpenID Connect Front-Channel Logout 1.0: what the signed-out page frames, and its way on."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession, UserPoolClient
from idp.user_pools.rules.documented_settings import WrongSetting
from tests.idp.oauth.moves import confirm, logout, signed_in, single_sign_on
from tests.idp.oauth.world import LOGOUT, ORIGIN, Pkce, TestClient, World

FRAMED = "https://app.example/signed-out?by=idp"


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.register(
        public_client,
        frontchannel_logout_uri=FRAMED,
        frontchannel_logout_session_required=True,
    )
    return public_client


def frames(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<iframe src="([^"]+)"', page)]


def test_the_page_loads_the_clients_address_with_issuer_and_session(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    signed_in(world, browser, client)
    (session,) = world.rows(BrowserSession)
    page = logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert page.status_code == 200
    (frame,) = frames(page.text)
    assert frame.startswith(FRAMED)
    assert parse_qs(urlsplit(frame).query) == {
        "by": ["idp"],
        "iss": [f"{ORIGIN}/{client.pool_id}"],
        "sid": [session.session_id],
    }
    assert world.rows(BrowserSession) == []


def test_the_pages_policy_names_exactly_what_it_frames(
    world: World, client: TestClient, browser: FlaskClient, pool_id: str
) -> None:
    second = world.client(pool_id, CallbackURLs=["https://other.example/callback"])
    world.register(second, frontchannel_logout_uri="https://other.example/bye")
    signed_in(world, browser, client)
    signed_in_at(world, browser, second, "https://other.example/callback")
    page = logout(browser, client_id=client.id, logout_uri=LOGOUT)
    policy = page.headers["Content-Security-Policy"].split("; ")
    sources = "https://app.example/signed-out https://other.example/bye"
    assert policy[-1] == f"frame-src {sources}"
    assert policy[0] == "default-src 'none'"
    assert page.text.count('sandbox="allow-scripts allow-same-origin"') == 2


def signed_in_at(world: World, browser: FlaskClient, client: TestClient, callback: str) -> None:
    proof = Pkce()
    code = world.code(client, browser, redirect_uri=callback, **proof.parameters)
    bought = world.redeem(client, code, redirect_uri=callback, code_verifier=proof.verifier)
    assert bought.status_code == 200


def test_the_way_on_needs_no_script(world: World, client: TestClient, browser: FlaskClient) -> None:
    id_token = signed_in(world, browser, client)["id_token"]
    page = logout(browser, id_token_hint=id_token, post_logout_redirect_uri=LOGOUT, state='"><x&y')
    onwards = LOGOUT + "?state=%22%3E%3Cx%26y"
    assert f'content="4;url={onwards}"' in page.text
    assert f'<a href="{onwards}" id="onwards"' in page.text


def test_without_a_target_the_page_stays(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    signed_in(world, browser, client)
    page = confirm(browser, logout(browser, client_id=client.id))
    assert len(frames(page.text)) == 1
    assert "http-equiv" not in page.text
    assert "You can close this page now." in page.text
    assert "frame-src https://app.example/signed-out" in page.headers["Content-Security-Policy"]


def test_a_client_that_wants_no_session_gets_its_address_alone(
    world: World, public_client: TestClient, browser: FlaskClient
) -> None:
    world.register(public_client, frontchannel_logout_uri=FRAMED)
    signed_in(world, browser, public_client)
    page = logout(browser, client_id=public_client.id, logout_uri=LOGOUT)
    assert frames(page.text) == [FRAMED]


def test_without_such_a_client_nobody_waits(
    world: World, client: TestClient, browser: FlaskClient, pool_id: str
) -> None:
    other = world.client(pool_id)
    signed_in(world, browser, other)
    answer = logout(browser, client_id=other.id, logout_uri=LOGOUT)
    assert answer.location == LOGOUT


def test_who_is_not_signed_in_loads_nothing(world: World, client: TestClient) -> None:
    answer = logout(world.browser(), client_id=client.id, logout_uri=LOGOUT)
    assert answer.location == LOGOUT


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/out", "http://app.example/out", "https://app.example:444/out",
     "https://app.example/out;script-src *", "https://app.example/a,b", "https://app.example/'x'",
     "https://app.example/out#x", "javascript:alert(1)", "//app.example/out", None],
)  # fmt: skip
def test_an_address_elsewhere_or_outside_of_a_policys_words_is_refused(
    world: World, public_client: TestClient, uri: Any
) -> None:
    with pytest.raises(WrongSetting, match="frontchannel_logout_uri"):
        world.register(public_client, frontchannel_logout_uri=uri)


def test_a_client_whose_callbacks_moved_is_framed_no_more(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    signed_in(world, browser, client)

    def move(session: Any) -> None:
        row = session.get_one(UserPoolClient, client.id)
        row.settings = {**row.settings, "CallbackURLs": ["https://moved.example/callback"]}

    world.kernel.database.write(move)
    answer = logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert answer.location == LOGOUT


def test_single_sign_on_frames_each_client_once(
    world: World, client: TestClient, browser: FlaskClient, pool_id: str
) -> None:
    second = world.client(pool_id)
    world.register(second, frontchannel_logout_uri="https://app.example/second")
    signed_in(world, browser, client)
    for _ in range(2):
        single_sign_on(world, browser, second)
    page = logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert len(frames(page.text)) == 2
