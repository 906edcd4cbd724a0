"""Attacks on the sign-out: open redirects (RFC 9700 §4.11), forged hints, sign-out by others."""

from __future__ import annotations

import base64
import re
from html import unescape
from urllib.parse import urlencode

import orjson
import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession
from tests.idp.oauth.moves import confirm, is_asked, logout, signed_in
from tests.idp.oauth.world import LOGOUT, ORIGIN, Pkce, TestClient, World, csrf_token

OPEN_REDIRECTS = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
    LOGOUT + "/", LOGOUT + "?next=https://evil.example", LOGOUT + "#@evil.example",
    LOGOUT + "/../evil", LOGOUT + "%2f..", "https://app.example@evil.example/bye",
    "https://app.example.evil.example/bye", "HTTPS://app.example/bye", "https://app.example:443/bye",
    "http://app.example/bye", "javascript:alert(1)", "data:text/html,x", " " + LOGOUT, LOGOUT + " ",
]  # read as a list  # fmt: skip


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


@pytest.fixture
def hint(world: World, browser: FlaskClient, public_client: TestClient) -> str:
    return signed_in(world, browser, public_client)["id_token"]


@pytest.mark.parametrize("target", OPEN_REDIRECTS)
@pytest.mark.parametrize("name", ["logout_uri", "post_logout_redirect_uri"])
def test_rfc9700_4_11_no_target_but_the_registered_one_is_followed(
    world: World, browser: FlaskClient, hint: str, name: str, target: str
) -> None:
    answer = logout(browser, id_token_hint=hint, **{name: target})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "evil" not in answer.text
    assert len(world.rows(BrowserSession)) == 1


def test_the_state_adds_no_parameter_and_no_fragment(browser: FlaskClient, hint: str) -> None:
    state = "x&code=stolen#frag\u2028"
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT, state=state)
    assert answer.location.startswith(LOGOUT + "?state=x%26code%3Dstolen%23frag")
    assert "#" not in answer.location


def forged(token: str, header: dict[str, object] | None = None, **claims: object) -> str:
    head, body, signature = token.split(".")
    changed = _read(head) | (header or {}), _read(body) | claims
    parts = [base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode() for part in changed]
    return ".".join([*parts, "" if (header or {}).get("alg") == "none" else signature])


def _read(part: str) -> dict[str, object]:
    read: dict[str, object] = orjson.loads(base64.urlsafe_b64decode(part + "=="))
    return read


def test_a_forged_hint_signs_nobody_out(world: World, browser: FlaskClient, hint: str) -> None:
    tokens = [
        forged(hint, {"alg": "none"}),
        forged(hint, {"alg": "HS256"}),
        forged(hint, {"kid": "another"}),
        forged(hint, {"typ": "logout+jwt"}),
        forged(hint, sub="somebody"),
        forged(hint, exp=2_000_000_000),
        hint[:-4] + "AAAA",
    ]
    for token in tokens:
        answer = logout(browser, id_token_hint=token, post_logout_redirect_uri=LOGOUT)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert len(world.rows(BrowserSession)) == 1


def test_a_hint_of_another_pool_is_none(world: World, public_client: TestClient) -> None:
    stranger = world.client(world.pool(PoolName="others"))
    world.user(stranger.pool_id)
    browser = world.browser()
    foreign = signed_in(world, browser, stranger)["id_token"]
    signed_in(world, browser, public_client)
    given = {"client_id": public_client.id, "id_token_hint": foreign}
    assert logout(browser, **given).status_code == 400
    assert len(world.rows(BrowserSession)) == 2


def test_another_site_cannot_confirm_a_sign_out(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    """Logout CSRF: the form is worth nothing without the token and the cookie of its page."""
    asked = logout(browser, client_id=public_client.id)
    action = unescape(re.findall(r'action="([^"]+)"', asked.text)[0])
    attacker = world.browser()
    signed_in(world, attacker, public_client)
    attackers = csrf_token(logout(attacker, client_id=public_client.id))
    for form in ({}, {"csrf_token": attackers}):
        assert browser.post(action, data=form, base_url=ORIGIN).status_code == 403
    cross = confirm(browser, asked, **{"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    assert confirm(browser, asked, Origin="https://evil.example").status_code == 403
    assert len(world.rows(BrowserSession)) == 2


def test_no_id_token_stands_in_an_address_of_ours(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    """Addresses stand in histories and logs. What stands there is sealed, for a while."""
    world.user(public_client.pool_id, "grace@example.com")
    world.sign_in(browser, public_client, email="grace@example.com", **Pkce().parameters)
    form = {"id_token_hint": hint, "post_logout_redirect_uri": LOGOUT, "state": "x"}
    again = world.browser().post("/logout", data=form, base_url=ORIGIN)
    assert hint not in again.location
    asked = browser.get(again.location, base_url=ORIGIN)
    assert "Do you want to sign out?" in asked.text
    assert hint not in asked.text
    by_address = browser.get("/logout?" + urlencode(form), base_url=ORIGIN)
    assert hint not in by_address.location
    assert hint not in browser.get(by_address.location, base_url=ORIGIN).text
    altered = again.location[:-8] + "A" * 8
    assert browser.get(altered, base_url=ORIGIN).status_code == 400
    world.time.now += 601
    assert browser.get(again.location, base_url=ORIGIN).status_code == 400
    assert confirm(browser, asked).status_code == 400


@pytest.mark.parametrize("sealed", ["", "x", "é", "\x00", "a" * 20_000])
def test_what_was_not_sealed_is_no_request(browser: FlaskClient, sealed: str) -> None:
    assert logout(browser, logout_request=sealed).status_code == 400


def test_opening_the_confirmation_confirms_nothing(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    answer = browser.get(f"/confirmLogout?client_id={public_client.id}", base_url=ORIGIN)
    assert answer.location == f"/logout?client_id={public_client.id}"
    assert len(world.rows(BrowserSession)) == 1


@pytest.mark.parametrize("destination", ["image", "iframe", "empty", "script"])
def test_a_page_that_embeds_cognitos_form_signs_nobody_out(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str, destination: str
) -> None:
    """Where the session's cookie is SameSite=None, an image of any site would have it."""
    query = urlencode({"client_id": public_client.id, "logout_uri": LOGOUT})
    answer = browser.get(
        f"/logout?{query}", base_url=ORIGIN, headers={"Sec-Fetch-Dest": destination}
    )
    assert is_asked(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert len(world.rows(BrowserSession)) == 1


def test_what_a_request_says_is_not_repeated_as_markup(
    browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    given = {"client_id": public_client.id, "state": '"><script>alert(1)</script>'}
    assert "<script>alert" not in logout(browser, **given).text
