"""`prompt`, `id_token_hint` and the claim `sub`: whom a request asks for, and how (OIDC Core
§3.1.2.1)."""

from __future__ import annotations

import orjson
import pytest
from flask.testing import FlaskClient

from idp.models import UserPool
from tests.idp.oauth.moves import authorize
from tests.idp.oauth.test_implicit_and_hybrid import claims_of
from tests.idp.oauth.world import Pkce, TestClient, World, query_of


@pytest.fixture
def browser(world: World, public_client: TestClient) -> FlaskClient:
    """Ada is signed in."""
    made = world.browser()
    world.sign_in(made, public_client, **Pkce().parameters)
    return made


def id_token_of(world: World, client: TestClient, email: str = "ada@example.com") -> str:
    proof = Pkce()
    code = world.code(client, email=email, **proof.parameters)
    bought = world.redeem(client, code, code_verifier=proof.verifier).json
    assert bought
    return str(bought["id_token"])


def test_prompt_create_opens_the_sign_up_page(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    """Initiating User Registration via OpenID Connect 1.0 §4."""
    answer = authorize(world, public_client, browser, prompt="create", **Pkce().parameters)
    assert answer.location.startswith("/signup?")


def test_prompt_create_is_refused_where_nobody_may_sign_up(world: World) -> None:
    pool_id = world.pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    answer = authorize(world, world.client(pool_id), prompt="create", **Pkce().parameters)
    assert query_of(answer)["error"] == "invalid_request"


def test_registration_is_for_self_issued_providers(world: World, public_client: TestClient) -> None:
    answer = authorize(world, public_client, registration="{}", **Pkce().parameters)
    assert query_of(answer)["error"] == "registration_not_supported"


def test_prompt_none_needs_a_second_factor_that_was_turned_on(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    def unit(session: object) -> None:
        pool = session.get(UserPool, public_client.pool_id)  # type: ignore[attr-defined]
        software = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
        pool.settings = {**pool.settings, "MfaConfiguration": "ON", **software}

    world.kernel.database.write(unit)
    answer = authorize(world, public_client, browser, prompt="none", **Pkce().parameters)
    assert query_of(answer)["error"] == "interaction_required"


def test_a_hint_at_who_is_signed_in_is_answered_at_once(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    hint = id_token_of(world, public_client)
    given = {"id_token_hint": hint, "prompt": "none", **Pkce().parameters}
    assert "code" in query_of(authorize(world, public_client, browser, **given))


def test_a_hint_at_somebody_else_asks_for_him(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    world.user(public_client.pool_id, "bob@example.com")
    hint = id_token_of(world, public_client, "bob@example.com")
    given = {"id_token_hint": hint, **Pkce().parameters}
    silent = authorize(world, public_client, browser, prompt="none", **given)
    assert query_of(silent)["error"] == "account_selection_required"
    assert authorize(world, public_client, browser, **given).location.startswith("/login?")
    as_ada = world.sign_in(browser, public_client, **given)
    assert query_of(as_ada)["error"] == "login_required"
    as_bob = world.sign_in(browser, public_client, "bob@example.com", **given)
    assert "code" in query_of(as_bob)


def test_an_old_hint_is_good_and_a_foreign_one_is_not(
    world: World, pool_id: str, public_client: TestClient
) -> None:
    hint = id_token_of(world, public_client)
    world.time.now += 7 * 24 * 3600
    for client, token, error in (
        (public_client, hint, "login_required"),
        (public_client, hint[:-4] + "AAAA", "invalid_request"),
        (public_client, "x.y.z", "invalid_request"),
        (world.client(pool_id), hint, "invalid_request"),
    ):
        given = {"id_token_hint": token, "prompt": "none", **Pkce().parameters}
        assert query_of(authorize(world, client, **given))["error"] == error


def test_the_claim_sub_names_the_person(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    """§5.5.1: "this parameter can be used to request that the End-User be" that one."""
    ada = claims_of(id_token_of(world, public_client))["sub"]
    for subject, answered in ((ada, "code"), ("somebody", "error")):
        claims = orjson.dumps({"id_token": {"sub": {"value": subject}}}).decode()
        given = {"claims": claims, "prompt": "none", **Pkce().parameters}
        assert answered in query_of(authorize(world, public_client, browser, **given))
    two = orjson.dumps({"id_token": {"sub": {"values": [ada, "somebody"]}}}).decode()
    answer = authorize(world, public_client, browser, claims=two, **Pkce().parameters)
    assert query_of(answer)["error"] == "invalid_request"


def test_unknown_parameters_are_ignored(
    world: World, browser: FlaskClient, public_client: TestClient
) -> None:
    """RFC 6749 §3.1."""
    given = {"display": "page", "claims_locales": "fr", "foo": "bar", **Pkce().parameters}
    assert "code" in query_of(authorize(world, public_client, browser, **given))
