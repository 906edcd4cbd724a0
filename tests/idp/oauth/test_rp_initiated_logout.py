"""OpenID Connect RP-Initiated Logout 1.0: who is asked, and where the sign-out leads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession, RefreshFamily
from idp.user_pools.rules.documented_settings import WrongSetting
from tests.idp.oauth.moves import confirm, is_asked, logout, signed_in, single_sign_on
from tests.idp.oauth.world import LOGOUT, ORIGIN, TestClient, World, query_of

OTHER_TARGET = "https://app.example/good-bye"


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


@pytest.fixture
def hint(world: World, browser: FlaskClient, public_client: TestClient) -> str:
    return signed_in(world, browser, public_client)["id_token"]


def test_a_hint_of_the_present_session_signs_out_without_a_question(
    world: World, browser: FlaskClient, hint: str
) -> None:
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT, state="s&1")
    assert answer.location == LOGOUT + "?state=s%261"
    assert world.rows(BrowserSession) == []


def test_an_expired_hint_is_as_good(world: World, browser: FlaskClient, hint: str) -> None:
    """§2: "The OP SHOULD accept ID Tokens [...] even when the exp time has passed"."""
    world.time.now += 3599
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT)
    assert answer.location == LOGOUT
    assert world.rows(BrowserSession) == []


def test_the_request_may_come_as_a_form_of_another_site(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    """Browsers leave a SameSite=Lax cookie out of it: the answer has it come again, as GET, and
    shows no ID token in its address."""
    form = {"id_token_hint": hint, "client_id": public_client.id, "state": "x",
            "post_logout_redirect_uri": LOGOUT, "ui_locales": "fr de"}  # fmt: skip
    again = world.browser().post("/logout", data=form, base_url=ORIGIN)
    assert again.status_code == 303
    assert query_of(again).keys() == {"logout_request", "ui_locales"}
    assert hint not in again.location
    answer = browser.get(again.location, base_url=ORIGIN)
    assert answer.location == LOGOUT + "?state=x"
    assert world.rows(BrowserSession) == []


def test_the_parameters_of_a_form_are_not_those_of_its_address(
    world: World, public_client: TestClient
) -> None:
    answer = world.browser().post(f"/logout?client_id={public_client.id}", base_url=ORIGIN)
    assert answer.location == "/logout"


def test_without_a_hint_the_person_is_asked(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    """§2: "the OP MUST ask the End-User this question if an id_token_hint was not provided"."""
    asked = logout(browser, client_id=public_client.id, post_logout_redirect_uri=LOGOUT, state="x")
    assert is_asked(asked)
    assert "ada@example.com" in asked.text
    assert len(world.rows(BrowserSession)) == 1
    answer = confirm(browser, asked)
    assert answer.location == LOGOUT + "?state=x"
    assert world.rows(BrowserSession) == []


def test_a_hint_of_somebody_else_asks(
    world: World, browser: FlaskClient, public_client: TestClient, pool_id: str
) -> None:
    world.user(pool_id, "grace@example.com")
    graces = signed_in(world, world.browser(), public_client, email="grace@example.com")
    signed_in(world, browser, public_client)
    assert is_asked(logout(browser, id_token_hint=graces["id_token"]))
    assert len(world.rows(BrowserSession)) == 2


def test_a_hint_of_another_session_of_the_same_person_asks(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    """§2: where `sid` is of no current session, "the OP SHOULD treat the logout request as
    suspect"."""
    world.register(public_client, backchannel_logout_uri="https://app.example/backchannel")
    elsewhere = signed_in(world, world.browser(), public_client)["id_token"]
    here = signed_in(world, browser, public_client)["id_token"]
    assert is_asked(logout(browser, id_token_hint=elsewhere))
    assert not is_asked(logout(browser, id_token_hint=here))


@pytest.mark.parametrize("name", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_a_logout_hint_of_the_person_changes_nothing(
    browser: FlaskClient, hint: str, name: str
) -> None:
    assert not is_asked(logout(browser, id_token_hint=hint, logout_hint=name))


def test_a_logout_hint_of_somebody_else_asks(browser: FlaskClient, hint: str) -> None:
    assert is_asked(logout(browser, id_token_hint=hint, logout_hint="grace@example.com"))


def test_a_target_can_be_registered_beside_the_logout_urls(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    given = {"id_token_hint": hint, "post_logout_redirect_uri": OTHER_TARGET}
    assert logout(browser, **given).status_code == 400
    world.register(public_client, post_logout_redirect_uris=[OTHER_TARGET])
    assert logout(browser, **given).location == OTHER_TARGET


@pytest.mark.parametrize(
    "uri",
    ["http://app.example/", "https://app.example/#x", "javascript:alert(1)", "/bye", "app:/bye", 7,
     "https://u@app.example/", "https://app.example/ x", "data:text/html,x", "https://"],
)  # fmt: skip
def test_a_target_that_is_no_address_of_an_application_is_refused(
    world: World, public_client: TestClient, uri: Any
) -> None:
    with pytest.raises(WrongSetting, match="post_logout_redirect_uris"):
        world.register(public_client, post_logout_redirect_uris=[uri])


def test_a_native_application_can_be_a_target(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    world.register(public_client, post_logout_redirect_uris=["com.example.app:/bye"])
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri="com.example.app:/bye")
    assert answer.location == "com.example.app:/bye"


def test_at_the_host_of_a_pool_nothing_has_to_be_said(
    world: World, public_client: TestClient, pool_id: str
) -> None:
    world.domain(pool_id, "sso.people.example")
    answer = world.browser().get("/logout", base_url="http://sso.people.example")
    assert "You are signed out" in answer.text
    refused = world.browser().get(
        "/logout?" + urlencode({"post_logout_redirect_uri": LOGOUT}),
        base_url="http://sso.people.example",
    )
    assert refused.status_code == 400


@pytest.mark.parametrize("given", [{}, {"state": "x"}])
def test_at_the_root_nothing_has_to_be_said_by_who_is_signed_in(
    world: World, browser: FlaskClient, hint: str, given: dict[str, str]
) -> None:
    asked = logout(browser, **given)
    assert is_asked(asked)
    assert "You are signed out" in confirm(browser, asked).text
    assert world.rows(BrowserSession) == []


def test_at_the_root_somebody_of_two_pools_has_to_say_which(
    world: World, browser: FlaskClient, hint: str
) -> None:
    browser.set_cookie("poolgate-session-us-east-1_another1", "x", domain="localhost")
    assert logout(browser).status_code == 400


def test_a_hint_of_another_client_is_refused(
    world: World, browser: FlaskClient, pool_id: str, hint: str
) -> None:
    other = world.client(pool_id)
    answer = logout(
        browser, client_id=other.id, id_token_hint=hint, post_logout_redirect_uri=LOGOUT
    )
    assert answer.status_code == 400
    assert len(world.rows(BrowserSession)) == 1


def test_an_access_token_is_no_hint(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    hint = signed_in(world, browser, public_client)["access_token"]
    answer = logout(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT)
    assert answer.status_code == 400


# --- the client's tokens -------------------------------------------------------------------------


def revoked(world: World) -> dict[str, bool]:
    return {row.client_id: row.revoked is not None for row in world.rows(RefreshFamily)}


def test_tokens_outlive_the_session_as_they_do_at_cognito(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    logout(browser, id_token_hint=hint)
    assert revoked(world) == {public_client.id: False}


def test_a_client_may_end_its_own_tokens_of_the_session(
    world: World, browser: FlaskClient, public_client: TestClient, pool_id: str, hint: str
) -> None:
    other = world.client(pool_id)
    single_sign_on(world, browser, other)
    logout(browser, id_token_hint=hint, revoke="true")
    assert revoked(world) == {public_client.id: True, other.id: False}


def test_ending_tokens_takes_proof_or_a_yes(
    world: World, browser: FlaskClient, public_client: TestClient, hint: str
) -> None:
    given = {"client_id": public_client.id, "logout_uri": LOGOUT, "revoke": "true"}
    asked = logout(browser, **given)
    assert is_asked(asked)
    assert revoked(world) == {public_client.id: False}
    confirm(browser, asked)
    assert revoked(world) == {public_client.id: True}


def test_revoke_has_one_value(browser: FlaskClient, hint: str) -> None:
    assert logout(browser, id_token_hint=hint, revoke="false").status_code == 400
