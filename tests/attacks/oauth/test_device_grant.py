"""Attacks on the device grant (RFC 8628 §5): guessed codes, replay, phishing, races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.models import DeviceAuthorization, RefreshFamily
from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.idp.oauth.device_moves import (
    DEVICE,
    consent,
    decide,
    error_of,
    let_in,
    page_of,
    poll,
    start,
)
from tests.idp.oauth.world import ORIGIN, TestClient, World, csrf_token


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.register(public_client, grant_types=[DEVICE_CODE])
    return public_client


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def guess(
    browser: FlaskClient, client: TestClient, code: str, address: str = "203.0.113.7"
) -> TestResponse:
    given = {"REMOTE_ADDR": address}
    return browser.get(page_of(client, code), base_url=ORIGIN, environ_base=given)


def test_rfc8628_5_1_guesses_are_counted_for_each_address(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    user_code = start(world, client)["user_code"]
    for _ in range(10):
        assert "No device waits" in guess(browser, client, "BBBB-BBBB").text
    assert "Too many attempts" in guess(browser, client, "BBBB-BBBB").text
    assert "Too many attempts" in guess(browser, client, user_code).text
    assert guess(browser, client, user_code, "203.0.113.8").status_code == 303
    world.time.now += 3600
    assert "No device waits" in guess(browser, client, "BBBB-BBBB").text


def test_rfc8628_5_1_guesses_from_everywhere_are_counted_for_the_pool(
    world: World, client: TestClient, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.oauth.device_authorizations.MOST_GUESSES_OF_POOL", 30)
    user_code = start(world, client)["user_code"]
    for number in range(30):
        guess(browser, client, "BBBB-BBBB", f"203.0.113.{number}")
    assert "Too many attempts" in guess(browser, client, user_code, "203.0.113.200").text


def test_rfc8628_5_1_a_burst_of_guesses_looks_at_no_more_codes(
    world: World, client: TestClient
) -> None:
    codes = [f"BBBB-BBB{letter}" for letter in "BCDFGHJKLMNPQRSTVWXZ"] * 2
    with ThreadPoolExecutor(8) as attackers:
        answers = attackers.map(lambda code: guess(world.browser(), client, code).text, codes)
    assert sum("No device waits" in text for text in answers) == 10


def test_what_is_no_code_counts_as_a_guess(client: TestClient, browser: FlaskClient) -> None:
    for code in ["x", "%00", "'--", "<marquee>", "ü" * 9, "A" * 8, "1" * 8, "B" * 7, "B" * 9, "🙂"]:
        answer = guess(browser, client, code)
        assert answer.status_code == 400
        assert "<marquee>" not in answer.text
    assert "Too many attempts" in guess(browser, client, "BBBB-BBBB").text


def test_rfc8628_5_2_a_device_code_is_not_guessed_from_the_user_code(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, client, browser)
    (row,) = world.rows(DeviceAuthorization)
    for code in (started["user_code"], row.user_code, row.device_code_hash.hex(), "x" * 43):
        assert error_of(poll(world, client, code)) == "invalid_grant"
    assert started["device_code"].encode() not in row.device_code_hash
    assert len(started["device_code"]) == 43


def test_a_replayed_device_code_revokes_what_it_bought(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, client, browser)
    tokens = poll(world, client, started["device_code"]).get_json()
    assert error_of(poll(world, client, started["device_code"])) == "invalid_grant"
    (family,) = world.rows(RefreshFamily)
    assert family.revoked is not None
    assert world.user_info(tokens["access_token"]).status_code == 401


def test_of_parallel_polls_one_wins(world: World, client: TestClient, browser: FlaskClient) -> None:
    started = let_in(world, client, browser)
    with ThreadPoolExecutor(8) as devices:
        answers = list(
            devices.map(lambda _: poll(world, client, started["device_code"]), range(16))
        )
    assert [each.status_code for each in answers].count(200) == 1
    assert len(world.rows(RefreshFamily)) == 1


def test_another_client_cannot_fetch_the_tokens(
    world: World, client: TestClient, browser: FlaskClient, pool_id: str
) -> None:
    other = world.client(pool_id)
    world.register(other, grant_types=[DEVICE_CODE])
    started = let_in(world, client, browser)
    assert error_of(poll(world, other, started["device_code"])) == "invalid_grant"
    assert poll(world, client, started["device_code"]).status_code == 200


def test_a_code_of_one_pool_is_none_in_another(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    user_code = start(world, client)["user_code"]
    elsewhere = world.client(world.pool(PoolName="others"))
    assert "No device waits" in guess(browser, elsewhere, user_code).text


def test_rfc8628_5_4_another_site_lets_nothing_in(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    """A person who is signed in, and a page that sends the form in his browser."""
    started = start(world, client)
    asked = consent(browser, client, started["user_code"])
    attacker = world.browser()
    attackers = csrf_token(consent(attacker, client, start(world, client)["user_code"]))
    good = csrf_token(asked)
    cross = {"Sec-Fetch-Site": "cross-site"}
    for token, headers in (("", {}), (attackers, {}), (good, cross)):
        form = {"decision": "allow", "csrf_token": token}
        sent = browser.post(
            page_of(client, started["user_code"]), data=form, base_url=ORIGIN, headers=headers
        )
        assert sent.status_code == 403
    assert error_of(poll(world, client, started["device_code"])) == "authorization_pending"
    assert asked.headers["X-Frame-Options"] == "DENY"


def test_a_proof_of_signing_in_is_good_for_its_session_alone(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    """The address of the page is no way in for who does not have the session."""
    asked = consent(browser, client, start(world, client)["user_code"])
    stranger = world.browser().get(asked.request.full_path, base_url=ORIGIN)
    assert stranger.status_code == 303
    assert stranger.location.startswith("/login?")


def test_a_device_that_was_decided_on_stays_so(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = start(world, client)
    asked = consent(browser, client, started["user_code"])
    decide(browser, asked, "deny")
    again = decide(browser, asked, "allow")
    assert "No device waits with this code." in again.text
    assert error_of(poll(world, client, started["device_code"])) == "access_denied"


def test_a_screen_for_a_device_is_no_way_around_an_authorization_request(
    world: World, public_client: TestClient, browser: FlaskClient
) -> None:
    for query in (
        {"client_id": public_client.id, "user_code": "BBBBBBBB"},
        {"client_id": "nobody", "user_code": "BBBBBBBB"},
        {"user_code": "BBBBBBBB"},
    ):
        answer = browser.get(f"/login?{urlencode(query)}", base_url=ORIGIN)
        assert answer.status_code == 400
    mixed = {"client_id": public_client.id, "user_code": "BBBBBBBB", "response_type": "code"}
    answer = browser.get(
        f"/login?{urlencode({**mixed, 'redirect_uri': 'https://evil.example'})}", base_url=ORIGIN
    )
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_devices_of_a_public_client_do_not_fill_the_table(world: World, client: TestClient) -> None:
    ask = world.browser().post
    given = {"client_id": client.id}
    answers = [ask(DEVICE, data=given, base_url=ORIGIN).status_code for _ in range(40)]
    assert answers.count(200) == 30
    assert answers.count(429) == 10
