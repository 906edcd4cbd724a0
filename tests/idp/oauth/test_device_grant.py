"""The device authorization grant (RFC 8628): the device, the person at the page, and the tokens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
from flask.testing import FlaskClient

from idp.models import Consent, DeviceAuthorization, RefreshFamily, User
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.grant_types import DEVICE_CODE
from idp.user_pools.services import consents, revocation
from tests.idp.oauth.device_moves import (
    DEVICE,
    consent,
    decide,
    error_of,
    let_in,
    page_of,
    poll,
    sign_in,
    start,
)
from tests.idp.oauth.moves import logout, reuse, track
from tests.idp.oauth.world import (
    LOGOUT,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    request_of,
)


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.register(public_client, grant_types=[DEVICE_CODE])
    return public_client


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def test_a_person_lets_a_device_in(world: World, client: TestClient, browser: FlaskClient) -> None:
    started = start(world, client, scope="openid email")
    assert started["verification_uri"] == f"{ORIGIN}/device/{client.pool_id}"
    assert started["expires_in"] == 900
    assert started["interval"] == 5
    assert re.fullmatch("[B-Z]{4}-[B-Z]{4}", started["user_code"])
    assert error_of(poll(world, client, started["device_code"])) == "authorization_pending"
    complete = urlsplit(started["verification_uri_complete"])
    signing_in = browser.get(f"{complete.path}?{complete.query}", base_url=ORIGIN)
    assert signing_in.location.startswith("/login?")
    asked = sign_in(browser, signing_in.location)
    for words in ("Lighthouse", "ada@example.com", started["user_code"], "Recognise you",
                  "See your email address", "127.0.0.1"):  # fmt: skip
        assert words in asked.text
    assert "Your device is connected" in decide(browser, asked).text
    world.time.now += 5
    bought = poll(world, client, started["device_code"])
    assert bought.status_code == 200
    assert bought.headers["Cache-Control"] == "no-store"
    claims = jwt.decode(bought.get_json()["id_token"], options={"verify_signature": False})
    assert claims["email"] == "ada@example.com"
    assert world.user_info(bought.get_json()["access_token"]).status_code == 200
    refreshed = world.token(
        grant_type="refresh_token",
        client_id=client.id,
        refresh_token=bought.get_json()["refresh_token"],
    )
    assert refreshed.status_code == 200


def test_a_code_can_be_typed_as_people_type(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    user_code = start(world, client)["user_code"]
    entry = browser.get(f"/device/{client.pool_id}", base_url=ORIGIN)
    assert "Enter the code that your device shows." in entry.text
    typed = f" {user_code.lower().replace('-', ' ')} "
    assert "Let this device in?" in consent(browser, client, typed).text


def test_who_is_signed_in_is_not_asked_to_sign_in(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    world.sign_in(browser, client, **Pkce().parameters)
    user_code = start(world, client)["user_code"]
    page = browser.get(page_of(client, user_code), base_url=ORIGIN)
    assert "Let this device in?" in page.text


def test_a_client_that_asks_each_time_asks_once(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    track(world, client.pool_id)
    reuse(world, client, 0)
    world.sign_in(browser, client, **Pkce().parameters)
    asked = consent(browser, client, start(world, client)["user_code"])
    assert "Your device is connected" in decide(browser, asked).text


def test_the_page_warns_of_a_request_from_elsewhere(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    """RFC 8628 §5.4: somebody else's device, whose code was sent to the person."""
    user_code = start(world, client)["user_code"]
    assert "another network" not in consent(browser, client, user_code).text
    foreign = world.app.test_client().post(
        DEVICE,
        data={"client_id": client.id},
        base_url=ORIGIN,
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
        headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"},
    )
    world.time.now += 130
    page = browser.get(page_of(client, foreign.get_json()["user_code"]), base_url=ORIGIN)
    assert "another network" in page.text
    assert "2 minutes ago from <bdi>203.0.113.7 (Firefox on Linux)</bdi>" in page.text


def test_a_person_keeps_a_device_out(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = start(world, client)
    asked = consent(browser, client, started["user_code"])
    assert "The device was not let in" in decide(browser, asked, "deny").text
    assert error_of(poll(world, client, started["device_code"])) == "access_denied"


def test_only_a_clear_yes_lets_in(world: World, client: TestClient, browser: FlaskClient) -> None:
    started = start(world, client)
    decide(browser, consent(browser, client, started["user_code"]), "")
    assert error_of(poll(world, client, started["device_code"])) == "access_denied"


def test_a_device_that_polls_too_fast_is_slowed_down(world: World, client: TestClient) -> None:
    """§3.5: "the interval MUST be increased by 5 seconds"."""
    code = start(world, client)["device_code"]
    seen = []
    for wait in (0, 5, 4, 9, 10, 15, 19, 20):
        world.time.now += wait
        seen.append(error_of(poll(world, client, code)))
    pending, slow = "authorization_pending", "slow_down"
    assert seen == [pending, pending, slow, slow, slow, slow, slow, slow]
    world.time.now += 60
    assert error_of(poll(world, client, code)) == pending


def test_codes_expire(world: World, client: TestClient, browser: FlaskClient) -> None:
    started = start(world, client)
    world.time.now += 900
    assert error_of(poll(world, client, started["device_code"])) == "expired_token"
    page = browser.get(page_of(client, started["user_code"]), base_url=ORIGIN)
    assert "No device waits with this code." in page.text


def test_an_approval_expires_too(world: World, client: TestClient, browser: FlaskClient) -> None:
    started = let_in(world, client, browser)
    world.time.now += 900
    assert error_of(poll(world, client, started["device_code"])) == "expired_token"


def test_a_device_stays_signed_in_when_the_person_signs_out_of_the_browser(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, client, browser)
    tokens = poll(world, client, started["device_code"]).get_json()
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    refreshed = world.token(
        grant_type="refresh_token", client_id=client.id, refresh_token=tokens["refresh_token"]
    )
    assert refreshed.status_code == 200
    (family,) = world.rows(RefreshFamily)
    assert family.browser_session_id is None
    assert family.binding == {}


def test_a_global_sign_out_before_the_tokens_voids_the_approval(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, client, browser)
    (user,) = world.rows(User)
    now = world.kernel.clock.now()
    world.kernel.database.write(revocation.revoke_user, user.id, now)
    assert error_of(poll(world, client, started["device_code"])) == "access_denied"


@pytest.mark.parametrize("change", [{"enabled": False}, {"status": "RESET_REQUIRED"}])
def test_who_may_not_sign_in_any_more_lets_nothing_in(
    world: World, client: TestClient, browser: FlaskClient, change: dict[str, Any]
) -> None:
    started = let_in(world, client, browser)
    (user,) = world.rows(User)
    world.change_user(user.id, **change)
    assert error_of(poll(world, client, started["device_code"])) == "invalid_grant"


def test_a_client_takes_part_where_its_metadata_says_so(
    world: World, public_client: TestClient
) -> None:
    answer = world.browser().post(DEVICE, data={"client_id": public_client.id}, base_url=ORIGIN)
    assert error_of(answer) == "unauthorized_client"
    assert error_of(poll(world, public_client, "x")) == "unauthorized_client"


def test_a_client_of_devices_alone_refreshes_too(
    world: World, browser: FlaskClient, pool_id: str
) -> None:
    """It has no flow of Cognito's, and no page to come back to."""
    tv = world.client(
        pool_id, AllowedOAuthFlowsUserPoolClient=False, AllowedOAuthFlows=[], CallbackURLs=[],
        LogoutURLs=[],
    )  # fmt: skip
    world.register(tv, grant_types=[DEVICE_CODE])
    tokens = poll(world, tv, let_in(world, tv, browser)["device_code"]).get_json()
    refreshed = world.token(
        grant_type="refresh_token", client_id=tv.id, refresh_token=tokens["refresh_token"]
    )
    assert refreshed.status_code == 200


def test_a_confidential_client_authenticates(world: World, confidential_client: TestClient) -> None:
    world.register(confidential_client, grant_types=[DEVICE_CODE])
    post = world.browser().post
    bare = post(DEVICE, data={"client_id": confidential_client.id}, base_url=ORIGIN)
    assert error_of(bare) == "invalid_client"
    good = post(DEVICE, headers=confidential_client.basic, base_url=ORIGIN)
    assert good.status_code == 200
    device_code = good.get_json()["device_code"]
    polled = world.token(confidential_client.basic, grant_type=DEVICE_CODE, device_code=device_code)
    assert error_of(polled) == "authorization_pending"


@pytest.mark.parametrize("scope", ["phone", "openid phone", "x"])
def test_a_scope_that_the_client_may_not_have_is_refused(
    world: World, client: TestClient, scope: str
) -> None:
    answer = world.browser().post(
        DEVICE, data={"client_id": client.id, "scope": scope}, base_url=ORIGIN
    )
    assert error_of(answer) == "invalid_scope"


def test_the_address_is_short_at_the_pools_own_host(tmp_path: Path) -> None:
    world = World(tmp_path, public_url="https://sso.example")
    pool_id = world.pool()
    client = world.client(pool_id)
    world.register(client, grant_types=[DEVICE_CODE])
    world.domain(pool_id, "login.app.example")
    origin = "https://login.app.example"
    answer = world.browser().post(DEVICE, data={"client_id": client.id}, base_url=origin)
    assert answer.get_json()["verification_uri"] == f"{origin}/device"
    assert world.browser().get("/device", base_url=origin).status_code == 200
    assert world.browser().get("/device/us-east-1_other", base_url=origin).status_code == 404
    world.close()


@pytest.mark.parametrize("path", ["/device", "/device/us-east-1_nothere", "/device/x", "/device/ü"])
def test_there_is_no_page_without_a_pool(browser: FlaskClient, path: str) -> None:
    assert browser.get(path, base_url=ORIGIN).status_code == 404


def test_discovery_names_the_endpoint_and_the_grant(world: World, client: TestClient) -> None:
    document = world.browser().get(f"/{client.pool_id}/.well-known/openid-configuration").get_json()
    assert document["device_authorization_endpoint"] == ORIGIN + DEVICE
    assert DEVICE_CODE in document["grant_types_supported"]


@pytest.mark.parametrize(
    "given", [["password"], ["authorization_code"], DEVICE_CODE, [DEVICE_CODE, DEVICE_CODE], [1]]
)
def test_only_grants_beyond_cognitos_are_metadata(
    world: World, public_client: TestClient, given: Any
) -> None:
    with pytest.raises(WrongSetting, match="grant_types"):
        world.register(public_client, grant_types=given)


def test_two_devices_have_two_codes(world: World, client: TestClient) -> None:
    started = [start(world, client) for _ in range(20)]
    assert len({each["user_code"] for each in started}) == 20
    assert len(world.rows(DeviceAuthorization)) == 20


# --- clients that ask ----------------------------------------------------------------------------


@pytest.fixture
def asking(world: World, client: TestClient) -> TestClient:
    world.register(client, grant_types=[DEVICE_CODE], require_consent=True)
    return client


def test_what_a_device_was_allowed_is_remembered(
    world: World, asking: TestClient, browser: FlaskClient
) -> None:
    started = start(world, asking, scope="openid email")
    page = consent(browser, asking, started["user_code"])
    assert "See your email address" in page.text
    assert world.rows(Consent) == []
    decide(browser, page)
    (row,) = world.rows(Consent)
    assert (row.client_id, row.scopes) == (asking.id, ["openid", "email"])
    assert poll(world, asking, started["device_code"]).status_code == 200
    # The browser is not asked for the same once more.
    query = urlencode(request_of(asking, **Pkce().parameters))
    answer = browser.get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
    assert "code=" in answer.location


def test_a_device_that_is_kept_out_was_allowed_nothing(
    world: World, asking: TestClient, browser: FlaskClient
) -> None:
    started = start(world, asking)
    decide(browser, consent(browser, asking, started["user_code"]), "deny")
    assert world.rows(Consent) == []
    assert error_of(poll(world, asking, started["device_code"])) == "access_denied"


def test_what_is_withdrawn_before_the_device_comes_buys_nothing(
    world: World, asking: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, asking, browser)
    (row,) = world.rows(Consent)
    now = world.kernel.clock.now()
    world.kernel.database.write(consents.withdraw, row.user_id, asking.id, now)
    assert error_of(poll(world, asking, started["device_code"])) == "access_denied"
    assert world.rows(RefreshFamily) == []


def test_withdrawing_signs_the_device_out(
    world: World, asking: TestClient, browser: FlaskClient
) -> None:
    started = let_in(world, asking, browser)
    bought = poll(world, asking, started["device_code"]).get_json()
    (row,) = world.rows(Consent)
    now = world.kernel.clock.now()
    world.kernel.database.write(consents.withdraw, row.user_id, asking.id, now)
    assert world.user_info(bought["access_token"]).status_code == 401


def test_a_client_that_need_not_ask_leaves_nothing_to_withdraw(
    world: World, client: TestClient, browser: FlaskClient
) -> None:
    let_in(world, client, browser)
    assert world.rows(Consent) == []
