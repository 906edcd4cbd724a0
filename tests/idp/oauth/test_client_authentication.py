"""Who may ask the token endpoint (RFC 6749 §2.3)."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest

from tests.idp.oauth.world import TestClient, World

SCOPE = "boats/read"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read", "write")
    return world.client(
        pool_id,
        ClientSecret="a+b" * 10,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE],
    )


@pytest.fixture
def secret(machine: TestClient) -> str:
    assert machine.secret
    return machine.secret


def test_basic_credentials_may_be_form_encoded_or_not(
    world: World, machine: TestClient, secret: str
) -> None:
    """openid-client encodes them, most others do not; here the secret holds a `+`."""
    for spelling in (secret, quote_plus(secret)):
        answer = world.token(basic(machine.id, spelling), grant_type="client_credentials")
        assert answer.status_code == 200


def test_credentials_may_come_in_the_form(world: World, machine: TestClient, secret: str) -> None:
    answer = world.token(
        grant_type="client_credentials", client_id=machine.id, client_secret=secret
    )
    assert answer.status_code == 200


def test_credentials_in_the_address_are_not_looked_at(
    world: World, machine: TestClient, secret: str
) -> None:
    answer = world.browser().post(
        f"/oauth2/token?client_id={machine.id}&client_secret={quote_plus(secret)}",
        data={"grant_type": "client_credentials"},
    )
    assert answer.status_code == 400
    assert answer.json == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"no-colon").decode(), "Bearer x",
     "Basic " + base64.b64encode(b"\xff:\xff").decode()],
)  # fmt: skip
def test_malformed_credentials_are_an_invalid_client(
    world: World, machine: TestClient, authorization: str
) -> None:
    answer = world.token({"Authorization": authorization}, grant_type="client_credentials")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.json == {"error": "invalid_client"}


def test_an_unknown_client_and_a_wrong_secret_look_alike(world: World, machine: TestClient) -> None:
    unknown = world.token(basic("nobody", "x" * 30), grant_type="client_credentials")
    wrong = world.token(basic(machine.id, "x" * 30), grant_type="client_credentials")
    assert (unknown.status_code, unknown.json) == (wrong.status_code, wrong.json)
    assert wrong.headers["Cache-Control"] == "no-store"


def test_two_methods_at_a_time_are_refused(world: World, machine: TestClient, secret: str) -> None:
    answer = world.token(
        basic(machine.id, secret),
        grant_type="client_credentials",
        client_id=machine.id,
        client_secret=secret,
    )
    assert answer.json
    assert answer.json["error"] == "invalid_request"


def test_the_form_cannot_name_another_client_than_the_header(
    world: World, machine: TestClient, secret: str, public_client: TestClient
) -> None:
    answer = world.token(
        basic(machine.id, secret), grant_type="client_credentials", client_id=public_client.id
    )
    assert answer.json
    assert answer.json["error"] == "invalid_request"


def test_a_confidential_client_cannot_pass_as_a_public_one(
    world: World, confidential_client: TestClient
) -> None:
    code = world.code(confidential_client)
    answer = world.token(
        grant_type="authorization_code", client_id=confidential_client.id, code=code
    )
    assert answer.json == {"error": "invalid_client"}


def test_a_public_client_cannot_present_a_secret(world: World, public_client: TestClient) -> None:
    answer = world.token(
        grant_type="refresh_token",
        client_id=public_client.id,
        client_secret="anything",
        refresh_token="x",
    )
    assert answer.json == {"error": "invalid_client"}


@pytest.mark.parametrize("given", [{}, {"grant_type": "password"}, {"grant_type": "ü\"'"}])
def test_other_grants_are_refused(
    world: World, public_client: TestClient, given: dict[str, str]
) -> None:
    answer = world.token(client_id=public_client.id, **given)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] in {"invalid_request", "unsupported_grant_type"}


def test_a_parameter_given_twice_is_refused(world: World, machine: TestClient, secret: str) -> None:
    answer = world.browser().post(
        "/oauth2/token",
        data="grant_type=client_credentials&scope=boats/read&scope=boats/write",
        content_type="application/x-www-form-urlencoded",
        headers=basic(machine.id, secret),
    )
    assert answer.json
    assert answer.json["error"] == "invalid_request"


def test_a_json_body_is_no_token_request(world: World, machine: TestClient, secret: str) -> None:
    answer = world.browser().post(
        "/oauth2/token",
        json={"grant_type": "client_credentials"},
        headers=basic(machine.id, secret),
    )
    assert answer.json
    assert answer.json["error"] == "invalid_request"


def test_scripts_of_any_origin_may_ask(world: World) -> None:
    answer = world.browser().options("/oauth2/token")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
