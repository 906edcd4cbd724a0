"""POST /oauth2/introspect (RFC 7662)."""

from __future__ import annotations

import pytest

from tests.idp.oauth.moves import ACCESS, exchange, introspect
from tests.idp.oauth.world import ORIGIN, TestClient, World

SCOPE = "boats/read"
INACTIVE = {"active": False}


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read", "write")
    world.resource_server(pool_id, "harbours", "read")
    return new_machine(world, pool_id)


def new_machine(world: World, pool_id: str) -> TestClient:
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE, "harbours/read"],
    )


def own_token(world: World, client: TestClient) -> str:
    answer = world.token(client.basic, grant_type="client_credentials")
    assert answer.json
    return str(answer.json["access_token"])


def test_a_client_is_told_of_its_own_token(world: World, machine: TestClient) -> None:
    told = introspect(world, machine, own_token(world, machine), token_type_hint="nonsense")
    assert told["active"] is True
    assert told["client_id"] == told["sub"] == machine.id
    assert told["scope"] == f"{SCOPE} harbours/read"
    assert told["token_type"] == "Bearer"
    assert told["iss"] == f"{ORIGIN}/{machine.pool_id}"
    assert told["exp"] > told["iat"]


def test_an_expired_token_is_not_active(world: World, machine: TestClient) -> None:
    token = own_token(world, machine)
    world.time.now += 3601
    assert introspect(world, machine, token) == INACTIVE


def test_tokens_of_a_sign_in_end_with_it(world: World, confidential_client: TestClient) -> None:
    tokens = world.redeem(confidential_client, world.code(confidential_client)).json
    assert tokens
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    told = introspect(world, confidential_client, access)
    assert (told["active"], told["scope"]) == (True, "openid email")
    assert told["username"]
    told = introspect(world, confidential_client, refresh)
    assert (told["active"], told["client_id"]) == (True, confidential_client.id)
    assert introspect(world, confidential_client, tokens["id_token"]) == INACTIVE
    world.browser().post(
        "/oauth2/revoke",
        data={"token": refresh},
        headers=confidential_client.basic,
        base_url=ORIGIN,
    )
    assert introspect(world, confidential_client, access) == INACTIVE
    assert introspect(world, confidential_client, refresh) == INACTIVE


def test_tokens_of_a_disabled_user_are_not_active(world: World, pool_id: str) -> None:
    client = world.client(pool_id, confidential=True)
    user_id = world.user(pool_id, "grace@example.com")
    tokens = world.redeem(client, world.code(client, email="grace@example.com")).json
    assert tokens
    world.change_user(user_id, enabled=False)
    assert introspect(world, client, tokens["access_token"]) == INACTIVE
    assert introspect(world, client, tokens["refresh_token"]) == INACTIVE


def test_asking_about_a_replaced_refresh_token_revokes_nothing(world: World, pool_id: str) -> None:
    client = world.client(
        pool_id,
        confidential=True,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED"},
    )
    first = world.redeem(client, world.code(client)).json
    assert first
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = world.token(client.basic, **form).json
    assert second
    assert introspect(world, client, first["refresh_token"]) == INACTIVE
    assert introspect(world, client, second["refresh_token"])["active"]


def test_a_resource_server_is_told_of_what_is_meant_for_it(
    world: World, machine: TestClient, pool_id: str
) -> None:
    token, server = own_token(world, machine), new_machine(world, pool_id)
    assert introspect(world, server, token) == INACTIVE
    world.register(server, resource_servers=["boats"])
    told = introspect(world, server, token)
    assert told["active"]
    assert told["scope"] == SCOPE
    world.register(server, resource_servers=["islands", "boat"])
    assert introspect(world, server, token) == INACTIVE


def test_a_name_that_is_no_resource_server_is_nobodys(world: World, pool_id: str) -> None:
    """An exchanged token may name any audience, and a resource server may be gone."""
    flows = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
    service = world.client(pool_id, confidential=True, ExplicitAuthFlows=flows)
    subject = world.redeem(service, world.code(service)).json
    assert subject
    body = exchange(
        world,
        service,
        subject_token=subject["access_token"],
        subject_token_type=ACCESS,
        audience="ships",
    )
    other = world.client(pool_id, confidential=True)
    world.register(other, resource_servers=["ships"])
    assert introspect(world, other, body["access_token"]) == INACTIVE
    world.resource_server(pool_id, "ships", "read")
    assert introspect(world, other, body["access_token"])["active"] is True


def test_no_other_client_learns_of_a_token(
    world: World, confidential_client: TestClient, machine: TestClient
) -> None:
    tokens = world.redeem(confidential_client, world.code(confidential_client)).json
    assert tokens
    world.register(machine, resource_servers=["boats"])
    for kind in ("access_token", "refresh_token", "id_token"):
        assert introspect(world, machine, tokens[kind]) == INACTIVE


def test_a_token_of_another_pool_is_not_active(world: World, machine: TestClient) -> None:
    elsewhere = world.pool()
    world.resource_server(elsewhere, "boats", "read")
    world.resource_server(elsewhere, "harbours", "read")
    token = own_token(world, new_machine(world, elsewhere))
    world.register(machine, resource_servers=["boats"])
    assert introspect(world, machine, token) == INACTIVE


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "..", "e30.e30.AA", "x" * 100_000])
def test_what_is_no_token_is_not_active(world: World, machine: TestClient, token: str) -> None:
    assert introspect(world, machine, token) == INACTIVE


def test_only_confidential_clients_may_ask(world: World, public_client: TestClient) -> None:
    form = {"client_id": public_client.id, "token": "x"}
    answer = world.browser().post("/oauth2/introspect", data=form, base_url=ORIGIN)
    assert answer.json == {"error": "invalid_client"}
    nobody = world.browser().post("/oauth2/introspect", data={"token": "x"}, base_url=ORIGIN)
    assert nobody.json == {"error": "invalid_client"}


def test_a_request_names_its_token(world: World, machine: TestClient) -> None:
    answer = world.browser().post("/oauth2/introspect", headers=machine.basic, base_url=ORIGIN)
    assert answer.json
    assert answer.json["error"] == "invalid_request"


def test_the_metadata_document_is_at_both_addresses(world: World, pool_id: str) -> None:
    """RFC 8414 §3.1."""
    browser = world.browser()
    openid = browser.get(f"/{pool_id}/.well-known/openid-configuration", base_url=ORIGIN)
    oauth = browser.get(f"/.well-known/oauth-authorization-server/{pool_id}", base_url=ORIGIN)
    beside = browser.get(f"/{pool_id}/.well-known/oauth-authorization-server", base_url=ORIGIN)
    assert oauth.json == openid.json == beside.json
    assert oauth.json
    assert oauth.json["introspection_endpoint"] == f"{ORIGIN}/oauth2/introspect"
    assert oauth.headers["Access-Control-Allow-Origin"] == "*"
    missing = "/.well-known/oauth-authorization-server/us-east-1_missing"
    assert browser.get(missing, base_url=ORIGIN).status_code == 404
