"""The parameter `claims` (OIDC Core §5.5), in ID tokens and at userinfo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from idp.models import AuthorizationCode
from tests.idp.oauth.moves import authorize
from tests.idp.oauth.test_implicit_and_hybrid import claims_of
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, query_of

LOA = "urn:cognito:loa:"


def asking(**places: Any) -> str:
    return orjson.dumps(places).decode()


def tokens_for(world: World, client: TestClient, claims: str, **more: str) -> dict[str, Any]:
    proof = Pkce()
    code = world.code(client, claims=claims, **{**proof.parameters, **more})
    bought = world.redeem(client, code, code_verifier=proof.verifier).json
    assert bought
    return dict(bought)


def test_a_claim_comes_where_it_was_asked_for(world: World, public_client: TestClient) -> None:
    claims = asking(id_token={"name": None, "unheard_of": {"essential": True}})
    tokens = tokens_for(world, public_client, claims)
    assert claims_of(tokens["id_token"])["name"] == "Ada"
    assert "unheard_of" not in claims_of(tokens["id_token"])
    told = world.user_info(tokens["access_token"]).json
    assert told
    assert "name" not in told
    tokens = tokens_for(world, public_client, asking(userinfo={"name": {"essential": True}}))
    assert "name" not in claims_of(tokens["id_token"])
    told = world.user_info(tokens["access_token"]).json
    assert told
    assert told["name"] == "Ada"


def test_it_comes_again_with_every_refresh(world: World, public_client: TestClient) -> None:
    tokens = tokens_for(world, public_client, asking(id_token={"name": None}))
    form = {"client_id": public_client.id, "refresh_token": tokens["refresh_token"]}
    refreshed = world.token(grant_type="refresh_token", **form).json
    assert refreshed
    assert claims_of(refreshed["id_token"])["name"] == "Ada"


def test_a_client_gets_no_attribute_that_it_may_not_read(world: World, pool_id: str) -> None:
    client = world.client(pool_id, ReadAttributes=["email"])
    tokens = tokens_for(world, client, asking(id_token={"name": None}, userinfo={"name": None}))
    assert "name" not in claims_of(tokens["id_token"])
    told = world.user_info(tokens["access_token"]).json
    assert told
    assert "name" not in told


def test_a_claim_of_another_value_is_not_given(world: World, public_client: TestClient) -> None:
    for wish, is_given in (
        ({"value": "Ada"}, True),
        ({"values": ["Bob", "Ada"]}, True),
        ({"value": "Bob"}, False),
    ):
        tokens = tokens_for(world, public_client, asking(id_token={"name": wish}))
        assert ("name" in claims_of(tokens["id_token"])) is is_given


def test_without_openid_nothing_is_asked_for(world: World, public_client: TestClient) -> None:
    claims = asking(userinfo={"name": None})
    world.code(public_client, claims=claims, scope="email", **Pkce().parameters)
    (row,) = world.rows(AuthorizationCode)
    assert row.binding == {}


@pytest.mark.parametrize(
    "claims",
    [
        "x",
        "[]",
        '{"id_token": 1}',
        '{"id_token": {"name": 1}}',
        '{"id_token": {"name": {"essential": "yes"}}}',
        '{"id_token": {"name": {"values": []}}}',
        '{"id_token": {"name": {"values": [{}]}}}',
        '{"id_token": {"a\\u0000": null}}',
        '{"userinfo": {"name": {"value": "\\u0000"}}}',
        asking(id_token={f"claim{number}": None for number in range(51)}),
        asking(id_token={"x" * 129: None}),
        asking(id_token={"name": {"values": ["x"] * 21}}),
        "[" * 5000,
        '{"a":' * 1000 + "1" + "}" * 1000,
    ],
    ids=range(14),
)
def test_what_is_malformed_or_too_much_is_refused(
    world: World, public_client: TestClient, claims: str
) -> None:
    answer = authorize(world, public_client, claims=claims, **Pkce().parameters)
    if claims.startswith('{"a":'):
        # Nothing that is understood stands in it.
        assert answer.location.startswith("/login?")
    else:
        assert query_of(answer)["error"] == "invalid_request"


def test_malformed_claims_are_refused_beside_levels_too(
    world: World, public_client: TestClient
) -> None:
    given = {"claims": "x", "acr_values": f"{LOA}1", **Pkce().parameters}
    assert query_of(authorize(world, public_client, **given))["error"] == "invalid_request"


def test_essential_acr_is_reached_or_the_sign_in_fails(
    world: World, public_client: TestClient
) -> None:
    """OIDC Core §5.5.1.1."""
    proof = Pkce()
    high = asking(id_token={"acr": {"essential": True, "values": [f"{LOA}4"]}})
    answer = world.sign_in(world.browser(), public_client, claims=high, **proof.parameters)
    assert query_of(answer)["error"] == "unmet_authentication_requirements"
    unknown = asking(id_token={"acr": {"essential": True, "value": "urn:unknown"}})
    answer = authorize(world, public_client, claims=unknown, **proof.parameters)
    assert query_of(answer)["error"] == "unmet_authentication_requirements"
    low = asking(id_token={"acr": {"essential": True, "values": [f"{LOA}4", f"{LOA}1"]}})
    answer = world.sign_in(world.browser(), public_client, claims=low, **proof.parameters)
    assert "code" in query_of(answer)


def test_voluntary_acr_is_no_condition(world: World, public_client: TestClient) -> None:
    claims = asking(id_token={"acr": {"values": [f"{LOA}4"]}})
    answer = world.sign_in(world.browser(), public_client, claims=claims, **Pkce().parameters)
    assert "code" in query_of(answer)


def test_a_clients_own_levels_hold_where_the_request_names_none(
    world: World, public_client: TestClient
) -> None:
    """OpenID Connect Dynamic Client Registration 1.0 §2, default_acr_values."""
    world.register(public_client, default_acr_values=[f"{LOA}4"])
    proof = Pkce()
    answer = world.sign_in(world.browser(), public_client, **proof.parameters)
    assert query_of(answer)["error"] == "unmet_authentication_requirements"
    answer = world.sign_in(world.browser(), public_client, acr_values=f"{LOA}1", **proof.parameters)
    assert "code" in query_of(answer)


def test_the_hosted_pages_keep_the_parameter(world: World, public_client: TestClient) -> None:
    claims = asking(id_token={"name": None})
    answer = authorize(world, public_client, claims=claims, **Pkce().parameters)
    assert query_of(answer)["claims"] == claims
    page = world.browser().get(answer.location, base_url=ORIGIN)
    assert urlencode({"claims": claims}) in page.text
