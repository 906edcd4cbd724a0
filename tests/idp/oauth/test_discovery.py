"""The documents under /{poolId}/.well-known/, and the hosts that pages are served under."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, request_of

HOST = ORIGIN.removeprefix("http://")


def test_discovery_names_the_issuer_to_the_letter(world: World, pool_id: str) -> None:
    answer = world.browser().get(f"/{pool_id}/.well-known/openid-configuration", base_url=ORIGIN)
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json
    assert answer.json["issuer"] == f"{ORIGIN}/{pool_id}"
    assert answer.json["jwks_uri"] == f"{ORIGIN}/{pool_id}/.well-known/jwks.json"
    assert answer.json["token_endpoint"] == f"{ORIGIN}/oauth2/token"
    assert answer.json["code_challenge_methods_supported"] == ["S256"]


def test_the_key_set_holds_public_keys_alone(world: World, pool_id: str) -> None:
    answer = world.browser().get(f"/{pool_id}/.well-known/jwks.json")
    assert answer.json
    for key in answer.json["keys"]:
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}


@pytest.mark.parametrize("document", ["openid-configuration", "jwks.json"])
def test_an_unknown_pool_has_no_documents(world: World, document: str) -> None:
    answer = world.browser().get(f"/us-east-1_nothere/.well-known/{document}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/json"


def test_a_public_server_names_the_pools_own_host(tmp_path: Path) -> None:
    world = World(tmp_path, public_url="https://sso.example")
    pool_id = world.pool()
    address = f"/{pool_id}/.well-known/openid-configuration"
    bare = world.browser().get(address, base_url="https://sso.example")
    assert bare.json
    assert "token_endpoint" not in bare.json
    world.domain(pool_id, "people")
    prefixed = world.browser().get(address, base_url="https://sso.example")
    assert prefixed.json
    host = "https://people.auth.us-east-1.sso.example"
    assert prefixed.json["authorization_endpoint"] == f"{host}/oauth2/authorize"
    world.domain(pool_id, "login.app.example")
    custom = world.browser().get(address, base_url="https://sso.example")
    assert custom.json
    assert custom.json["token_endpoint"] == "https://login.app.example/oauth2/token"
    world.close()


@pytest.fixture
def query(public_client: TestClient) -> str:
    return urlencode(request_of(public_client, **Pkce().parameters))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (HOST, 200),
        (f"people.auth.us-east-1.{HOST}", 200),
        (f"PEOPLE.auth.us-east-1.{HOST}", 200),
        ("login.app.example", 200),
        ("login.app.example:8443", 200),
        (f"people.auth.eu-west-1.{HOST}", 404),
        (f"strangers.auth.us-east-1.{HOST}", 404),
        (f"others.auth.us-east-1.{HOST}", 400),
    ],
)
def test_the_host_decides_whose_pages_they_are(
    world: World, public_client: TestClient, query: str, host: str, status: int
) -> None:
    world.domain(public_client.pool_id, "people")
    world.domain(public_client.pool_id, "login.app.example")
    world.domain(world.pool(PoolName="others"), "others")
    answer = world.browser().get(f"/login?{query}", base_url=f"http://{host}")
    assert answer.status_code == status


def test_a_public_server_serves_no_pages_at_its_root(tmp_path: Path) -> None:
    """The root shares its origin with API answers on path addresses."""
    world = World(tmp_path, public_url="https://sso.example")
    pool_id = world.pool()
    client = world.client(pool_id)
    query = urlencode(request_of(client, **Pkce().parameters))
    assert world.browser().get(f"/login?{query}", base_url="https://sso.example").status_code == 404
    world.domain(pool_id, "people")
    host = "https://people.auth.us-east-1.sso.example"
    assert world.browser().get(f"/login?{query}", base_url=host).status_code == 200
    world.close()
