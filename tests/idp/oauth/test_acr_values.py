"""`acr_values`: how strongly a client wants a person to have proved himself."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession, RefreshFamily
from tests.idp.oauth.moves import authorize, claims_of
from tests.idp.oauth.world import Pkce, TestClient, World, query_of

LOA = [f"urn:cognito:loa:{number}" for number in range(5)]
"""By level; there is none of number 0."""


@pytest.fixture
def browser(world: World, public_client: TestClient) -> FlaskClient:
    made = world.browser()
    world.sign_in(made, public_client, **Pkce().parameters)
    return made


def answered(
    world: World, browser: FlaskClient, client: TestClient, **parameters: str
) -> dict[str, str]:
    answer = authorize(world, client, browser, **parameters, **Pkce().parameters)
    return {"page": "sign-in"} if answer.location.startswith("/login") else query_of(answer)


def test_session_that_is_strong_enough_serves(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    for values in (LOA[1], f"urn:unknown {LOA[1]}", f"{LOA[1]} {LOA[4]}"):
        assert "code" in answered(world, browser, public_client, acr_values=values)


def test_stronger_proof_is_asked_for(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    for values in (LOA[4], f"{LOA[3]} {LOA[1]}"):
        asked = answered(world, browser, public_client, acr_values=values)
        assert asked == {"page": "sign-in"}
        refused = answered(world, browser, public_client, acr_values=values, prompt="none")
        assert refused["error"] == "login_required"


def test_password_is_never_taken_for_more(world: World, public_client: TestClient) -> None:
    answer = world.sign_in(
        world.browser(), public_client, acr_values=f"{LOA[4]} {LOA[2]}", **Pkce().parameters
    )
    parameters = query_of(answer)
    assert parameters["error"] == "unmet_authentication_requirements"
    assert parameters["state"] == "af0ifjsldkj"
    assert "code" not in parameters


def test_lower_level_on_the_list_is_good_enough(world: World, public_client: TestClient) -> None:
    proof = Pkce()
    values = f"{LOA[4]} {LOA[1]}"
    code = world.code(public_client, acr_values=values, **proof.parameters)
    tokens = world.redeem(public_client, code, code_verifier=proof.verifier).json
    assert tokens
    for name in ("access_token", "id_token"):
        claims = claims_of(tokens[name])
        assert (claims["acr"], claims["amr"]) == (LOA[1], ["pwd"])


def test_session_remembers_how_strong_it_is(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    """As a second factor at the hosted pages will leave it."""

    def unit(session: object) -> None:
        (row,) = session.query(BrowserSession).all()  # type: ignore[attr-defined]
        row.factors = ["PASSWORD", "SOFTWARE_TOKEN_MFA"]

    world.kernel.database.write(unit)
    proof = Pkce()
    answer = authorize(world, public_client, browser, acr_values=LOA[4], **proof.parameters)
    code = query_of(answer)["code"]
    tokens = world.redeem(public_client, code, code_verifier=proof.verifier).json
    assert tokens
    assert claims_of(tokens["id_token"])["acr"] == LOA[4]
    assert claims_of(tokens["id_token"])["amr"] == ["pwd", "otp", "mfa"]
    (family,) = world.rows(RefreshFamily)
    assert family.factors == ["PASSWORD", "SOFTWARE_TOKEN_MFA"]


def test_values_that_are_no_level_are_an_error(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    refused = answered(world, browser, public_client, acr_values="urn:mace:incommon:iap:silver")
    assert refused["error"] == "invalid_request"


def test_lite_pools_ignore_the_parameter(world: World) -> None:
    pool_id = world.pool(UserPoolTier="LITE")
    world.user(pool_id)
    client, browser = world.client(pool_id), world.browser()
    world.sign_in(browser, client, **Pkce().parameters)
    for values in (LOA[4], "urn:unknown"):
        assert "code" in answered(world, browser, client, acr_values=values)


def test_discovery_names_the_levels(world: World, pool_id: str) -> None:
    answer = world.browser().get(f"/{pool_id}/.well-known/openid-configuration")
    assert answer.json
    assert answer.json["acr_values_supported"] == LOA[1:]
