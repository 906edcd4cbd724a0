"""Tokens of the authorization endpoint: off unless a client has them (RFC 9700 §2.1.2)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from idp.models import RefreshFamily
from idp.user_pools.rules.claims import half_hash
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services.tokens import LONGEST_TOKEN_LIFE
from kernel.tokens import encoding
from kernel.tokens.verification import Verifier
from tests.idp.oauth.moves import authorize, form_of, fragment_of
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, request_of

IMPLICIT = ("token", "id_token", "id_token token", "token id_token")
HYBRID = ("code id_token", "code token", "code id_token token")


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = orjson.loads(encoding.decode(token.split(".")[1].encode()))
    return claims


@pytest.fixture
def implicit_client(world: World, pool_id: str) -> TestClient:
    return world.client(pool_id, AllowedOAuthFlows=["implicit"])


@pytest.fixture
def hybrid_client(world: World, pool_id: str) -> TestClient:
    made = world.client(pool_id, AllowedOAuthFlows=["code", "implicit"])
    world.register(made, response_types=["code", *HYBRID])
    return made


@pytest.mark.parametrize("response_type", [*IMPLICIT, *HYBRID])
def test_a_client_of_the_code_flow_gets_no_token_from_the_browser(
    world: World, public_client: TestClient, proof: Pkce, response_type: str
) -> None:
    given = {"nonce": "n", "response_type": response_type, **proof.parameters}
    assert fragment_of(authorize(world, public_client, **given))["error"] == "unauthorized_client"


@pytest.mark.parametrize("response_type", IMPLICIT)
def test_implicit(world: World, implicit_client: TestClient, response_type: str) -> None:
    answer = world.sign_in(
        world.browser(), implicit_client, response_type=response_type, nonce="n-1"
    )
    members = fragment_of(answer)
    wanted = {"id_token"} if "id_token" in response_type else set()
    if "token" in response_type.split():
        wanted |= {"access_token", "token_type", "expires_in"}
        assert world.user_info(members["access_token"]).status_code == 200
        assert members["token_type"] == "Bearer"
    assert set(members) == wanted | {"state", "iss"}
    if "id_token" in response_type:
        claims = world.kernel.of(Verifier).verify(members["id_token"])
        assert claims["nonce"] == "n-1"
        assert claims["aud"] == implicit_client.id
        assert claims["email"] == "ada@example.com"
        bound = half_hash(members["access_token"]) if "access_token" in members else None
        assert claims.get("at_hash") == bound
        assert "c_hash" not in claims


def test_implicit_gives_no_refresh_token_and_its_sign_in_ends_with_the_tokens(
    world: World, implicit_client: TestClient
) -> None:
    world.sign_in(world.browser(), implicit_client, response_type="token")
    (family,) = world.rows(RefreshFamily)
    assert family.expires - family.created <= LONGEST_TOKEN_LIFE


@pytest.mark.parametrize("response_type", HYBRID)
def test_hybrid(world: World, hybrid_client: TestClient, proof: Pkce, response_type: str) -> None:
    answer = world.sign_in(
        world.browser(),
        hybrid_client,
        response_type=response_type,
        nonce="n-1",
        **proof.parameters,
    )
    members = fragment_of(answer)
    if "id_token" in response_type:
        claims = claims_of(members["id_token"])
        assert claims["c_hash"] == half_hash(members["code"])
        assert ("at_hash" in claims) == ("access_token" in members)
    bought = world.redeem(hybrid_client, members["code"], code_verifier=proof.verifier)
    assert bought.json
    assert claims_of(bought.json["id_token"])["nonce"] == "n-1"
    assert "refresh_token" in bought.json


def test_hybrid_needs_its_registration(world: World, pool_id: str, proof: Pkce) -> None:
    client = world.client(pool_id, AllowedOAuthFlows=["code", "implicit"])
    given = {"response_type": "code id_token", "nonce": "n", **proof.parameters}
    assert fragment_of(authorize(world, client, **given))["error"] == "unauthorized_client"
    world.register(client, response_types=["code", "code token"])
    assert fragment_of(authorize(world, client, **given))["error"] == "unauthorized_client"
    world.register(client, response_types=["code id_token"])
    allowed = authorize(world, client, **given)
    assert allowed.location.startswith("/login?")


def test_what_is_registered_is_all_that_a_client_may_ask_for(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, AllowedOAuthFlows=["code", "implicit"])
    world.register(client, response_types=["code id_token"])
    answer = authorize(world, client, **proof.parameters)
    assert "error=unauthorized_client" in answer.location


def test_a_response_type_is_not_registered_without_its_flow(
    world: World, public_client: TestClient
) -> None:
    with pytest.raises(WrongSetting, match="implicit in AllowedOAuthFlows"):
        world.register(public_client, response_types=["code id_token"])
    with pytest.raises(WrongSetting, match="must be a list"):
        world.register(public_client, response_types=["code code"])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "id_token"}, "invalid_request"),
        ({"response_type": "id_token token"}, "invalid_request"),
        ({"response_type": "id_token", "nonce": "n", "scope": "email"}, "invalid_scope"),
        ({"response_type": "token", "response_mode": "query"}, "invalid_request"),
        ({"response_type": "id_token", "nonce": "n", "prompt": "none"}, "login_required"),
    ],
)
def test_what_implicit_lacks_is_said_in_the_fragment(
    world: World, implicit_client: TestClient, changed: dict[str, str], error: str
) -> None:
    assert fragment_of(authorize(world, implicit_client, **changed))["error"] == error


def test_tokens_may_come_by_form(world: World, implicit_client: TestClient) -> None:
    answer = world.sign_in(
        world.browser(),
        implicit_client,
        response_type="id_token",
        response_mode="form_post",
        nonce="n",
    )
    assert claims_of(form_of(answer)["id_token"])["nonce"] == "n"


def test_hybrid_of_a_public_client_needs_pkce(world: World, hybrid_client: TestClient) -> None:
    answer = authorize(world, hybrid_client, response_type="code id_token", nonce="n")
    assert fragment_of(answer)["error"] == "invalid_request"


def test_tokens_that_must_be_bound_to_a_key_do_not_go_through_the_browser(
    world: World, implicit_client: TestClient
) -> None:
    """RFC 9449 §5.2, dpop_bound_access_tokens: there is no proof at this endpoint; the request has
    to name the key."""
    world.register(implicit_client, dpop_bound_access_tokens=True)
    query = request_of(implicit_client, response_type="token")
    answer = world.browser().get("/oauth2/authorize", query_string=query, base_url=ORIGIN)
    assert fragment_of(answer)["error"] == "invalid_request"
