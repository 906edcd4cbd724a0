"""Browser sessions of pools that track sessions: for how long they are reused, and their end."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from idp.models import AuthorizationCode, BrowserSession, RefreshFamily, User
from idp.oauth import interactions
from idp.user_pools.rules import session_ids
from tests.idp.oauth.moves import authorize, is_signed_in, listed, reuse, revoke, track
from tests.idp.oauth.world import Pkce, TestClient, World, query_of


def silently(world: World, browser: FlaskClient, client: TestClient) -> dict[str, Any]:
    """Tokens for a further client, from the session that is there."""
    proof = Pkce()
    code = query_of(authorize(world, client, browser, **proof.parameters))["code"]
    tokens = world.redeem(client, code, code_verifier=proof.verifier).json
    assert tokens
    return tokens


@pytest.fixture
def browser(world: World, public_client: TestClient) -> FlaskClient:
    track(world, public_client.pool_id)
    made = world.browser()
    world.sign_in(made, public_client, **Pkce().parameters)
    return made


def test_session_ids_have_the_documented_form(world: World, browser: FlaskClient) -> None:
    (row,) = world.rows(BrowserSession)
    assert len(row.session_id) == 28
    assert session_ids.is_browser_session(row.session_id)
    assert row.user_agent.startswith("Werkzeug")
    assert row.address == "127.0.0.1"


def test_client_reuses_a_session_for_as_long_as_it_says(
    world: World, public_client: TestClient
) -> None:
    track(world, public_client.pool_id)
    reuse(world, public_client, 3 * 24 * 60)
    other = world.client(public_client.pool_id)
    browser = world.browser()
    world.sign_in(browser, public_client, **Pkce().parameters)
    world.time.now += 3600
    assert is_signed_in(world, browser, public_client)
    assert not is_signed_in(world, browser, other)
    world.time.now += 3 * 86400 - 3601
    assert is_signed_in(world, browser, public_client)
    world.time.now += 1
    assert not is_signed_in(world, browser, public_client)


def test_reuse_counts_from_the_last_time_that_the_person_proved_himself(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    reuse(world, public_client, 30)
    for _ in range(3):
        world.time.now += 599
        assert is_signed_in(world, browser, public_client)
    world.time.now += 3
    assert not is_signed_in(world, browser, public_client)


def test_client_may_never_reuse_a_session(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    reuse(world, public_client, 0)
    assert not is_signed_in(world, browser, public_client)
    assert is_signed_in(world, browser, world.client(public_client.pool_id))
    answer = authorize(world, public_client, browser, prompt="none", **Pkce().parameters)
    assert query_of(answer)["error"] == "login_required"


def test_settings_of_clients_are_dormant_while_tracking_is_off(
    world: World, public_client: TestClient
) -> None:
    track(world, public_client.pool_id)
    reuse(world, public_client, 3 * 60)
    browser = world.browser()
    world.sign_in(browser, public_client, **Pkce().parameters)
    world.time.now += 7200
    assert is_signed_in(world, browser, public_client)
    track(world, public_client.pool_id, "DISABLED")
    assert not is_signed_in(world, browser, public_client)
    track(world, public_client.pool_id)
    assert is_signed_in(world, browser, public_client)


def test_token_sessions_know_the_browser_session_they_came_through(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    world.time.now += 60
    silently(world, browser, public_client)
    silently(world, browser, world.client(public_client.pool_id))
    found = listed(world)
    (sso,) = found["sso"]
    assert [each.origin for each in found["tkn"]] == [sso.id, sso.id]
    assert (sso.last_active - sso.created).total_seconds() == 60
    assert [family.factors for family in world.rows(RefreshFamily)] == [["PASSWORD"]] * 2
    assert {each.address for each in found["tkn"]} == {"127.0.0.1"}
    assert sso.describe(None)["SessionType"] == "SSO"
    assert found["tkn"][0].describe(None)["OriginSessionId"] == sso.id


def test_refreshing_keeps_the_browser_session_current(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    tokens = silently(world, browser, public_client)
    world.time.now += 600
    form = {"client_id": public_client.id, "refresh_token": tokens["refresh_token"]}
    assert world.token(grant_type="refresh_token", **form).status_code == 200
    found = listed(world)
    for each in (*found["sso"], *found["tkn"]):
        assert (each.last_active - each.created).total_seconds() == 600


def test_revoked_browser_session_asks_for_the_password_again(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    tokens = silently(world, browser, public_client)
    (sso,) = listed(world)["sso"]
    revoke(world, sso.id, linked=False)
    assert not is_signed_in(world, browser, public_client)
    assert world.user_info(tokens["access_token"]).status_code == 200
    assert listed(world)["sso"] == []


def test_linked_revocation_ends_what_came_through_the_browser_session(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    elsewhere = world.browser()
    world.sign_in(elsewhere, public_client, **Pkce().parameters)
    kept = silently(world, elsewhere, public_client)
    lost = silently(world, browser, public_client)
    (origin,) = {each.origin for each in listed(world)["tkn"] if each.id == token_session(lost)}
    assert origin
    revoke(world, origin, linked=True)
    assert world.user_info(lost["access_token"]).status_code == 401
    form = {"client_id": public_client.id, "refresh_token": lost["refresh_token"]}
    assert world.token(grant_type="refresh_token", **form).json == {
        "error": "invalid_grant",
        "error_description": "Refresh Token has been revoked",
    }
    assert world.user_info(kept["access_token"]).status_code == 200
    assert is_signed_in(world, elsewhere, public_client)


def token_session(tokens: dict[str, str]) -> str:
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return session_ids.of_family(claims["origin_jti"])


def test_linked_revocation_of_a_token_session_ends_its_browser_session_alone(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    lost = silently(world, browser, public_client)
    sibling = silently(world, browser, world.client(public_client.pool_id))
    revoke(world, token_session(lost), linked=True)
    assert world.user_info(lost["access_token"]).status_code == 401
    assert world.user_info(sibling["access_token"]).status_code == 200
    assert not is_signed_in(world, browser, public_client)


def test_code_of_a_revoked_browser_session_buys_nothing(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    proof = Pkce()
    code = query_of(authorize(world, public_client, browser, **proof.parameters))["code"]
    (sso,) = listed(world)["sso"]
    revoke(world, sso.id, linked=False)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"
    assert world.rows(AuthorizationCode) == []
    assert world.rows(RefreshFamily) == []


def test_limit_holds_for_the_hosted_pages_too(world: World, public_client: TestClient) -> None:
    track(world, public_client.pool_id, most=1)
    browser = world.browser()
    world.sign_in(browser, public_client, **Pkce().parameters)
    first = silently(world, browser, public_client)
    second = silently(world, browser, public_client)
    assert world.user_info(first["access_token"]).status_code == 401
    assert world.user_info(second["access_token"]).status_code == 200


def test_new_password_takes_the_browser_session_off_the_list(
    world: World, browser: FlaskClient
) -> None:
    (row,) = world.rows(User)
    world.time.now += 1
    world.change_user(row.id, password_set=world.kernel.clock.now())
    assert listed(world)["sso"] == []


def test_session_revoked_in_the_same_moment_leaves_no_code_behind(
    world: World, browser: FlaskClient, public_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser's session was looked at, and then revoked before the code was stored."""
    (sso,) = listed(world)["sso"]
    needed = interactions.needed

    def revoked_meanwhile(*arguments: Any) -> Any:
        revoke(world, sso.id, linked=True)
        return needed(*arguments)

    monkeypatch.setattr(interactions, "needed", revoked_meanwhile)
    answer = authorize(world, public_client, browser, **Pkce().parameters)
    assert answer.location.startswith("/login?")
    assert len(world.rows(AuthorizationCode)) == 0
