"""The device grant with what binds tokens: DPoP keys (RFC 9449) and resources (RFC 8707)."""

from __future__ import annotations

import jwt
import pytest
from flask.testing import FlaskClient

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.idp.oauth.device_moves import DEVICE, consent, decide, error_of, let_in, poll, start
from tests.idp.oauth.keys import ClientKey, client_key
from tests.idp.oauth.proofs import headers
from tests.idp.oauth.world import ORIGIN, TestClient, World

BOATS, CARS = "https://boats.example", "https://cars.example"


@pytest.fixture
def key() -> ClientKey:
    return client_key("ES256", 60)


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def test_a_device_that_proves_a_key_gets_tokens_for_it_alone(
    world: World, public_client: TestClient, browser: FlaskClient, key: ClientKey
) -> None:
    world.register(public_client, grant_types=[DEVICE_CODE])
    started = let_in(world, public_client, browser)
    form = {"client_id": public_client.id, "device_code": started["device_code"]}
    answer = world.token(headers(world, key), grant_type=DEVICE_CODE, **form)
    tokens = answer.get_json()
    assert tokens["token_type"] == "DPoP"
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["cnf"] == {"jkt": key.thumbprint}
    refresh = {"client_id": public_client.id, "refresh_token": tokens["refresh_token"]}
    assert world.token(grant_type="refresh_token", **refresh).status_code == 400
    proven = world.token(headers(world, key), grant_type="refresh_token", **refresh)
    assert proven.status_code == 200


def test_a_client_whose_tokens_must_be_bound_gets_no_others(
    world: World, public_client: TestClient, browser: FlaskClient, key: ClientKey
) -> None:
    world.register(public_client, grant_types=[DEVICE_CODE], dpop_bound_access_tokens=True)
    started = let_in(world, public_client, browser)
    bare = poll(world, public_client, started["device_code"])
    assert error_of(bare) == "invalid_dpop_proof"
    form = {"client_id": public_client.id, "device_code": started["device_code"]}
    assert world.token(headers(world, key), grant_type=DEVICE_CODE, **form).status_code == 200


@pytest.fixture
def servers(world: World, pool_id: str) -> TestClient:
    for identifier in (BOATS, CARS):
        world.resource_server(pool_id, identifier, "read")
    scopes = ["openid", f"{BOATS}/read", f"{CARS}/read"]
    made = world.client(pool_id, AllowedOAuthScopes=scopes)
    world.register(made, grant_types=[DEVICE_CODE])
    return made


def test_a_device_names_the_resource_that_its_token_is_for(
    world: World, servers: TestClient, browser: FlaskClient
) -> None:
    started = start(world, servers, resource=BOATS)
    decide(browser, consent(browser, servers, started["user_code"]))
    token = poll(world, servers, started["device_code"]).get_json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == BOATS
    assert claims["scope"] == f"{BOATS}/read"


def test_a_resource_that_is_not_the_clients_is_refused(
    world: World, servers: TestClient, browser: FlaskClient
) -> None:
    given = {"client_id": servers.id, "resource": "https://planes.example"}
    answer = world.browser().post(DEVICE, data=given, base_url=ORIGIN)
    assert error_of(answer) == "invalid_target"
