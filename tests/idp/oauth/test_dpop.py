"""DPoP (RFC 9449): tokens that are bound to a key of the client's."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from tests.idp.oauth.keys import ALGORITHMS, ClientKey, client_key
from tests.idp.oauth.moves import introspect
from tests.idp.oauth.proofs import headers, nonce, proof, redeem, user_info
from tests.idp.oauth.world import Pkce, TestClient, World


@pytest.fixture
def key() -> ClientKey:
    return client_key("ES256", 30)


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_proof_binds_a_clients_own_token(
    world: World, machine: TestClient, algorithm: str
) -> None:
    key = client_key(algorithm)
    answer = world.token(headers(world, key, machine), grant_type="client_credentials")
    assert answer.json
    assert answer.json["token_type"] == "DPoP"
    token = answer.json["access_token"]
    assert claims(token)["cnf"] == {"jkt": key.thumbprint}
    told = introspect(world, machine, token)
    assert told["token_type"] == "DPoP"
    assert told["cnf"] == {"jkt": key.thumbprint}


def test_the_first_proof_is_told_a_nonce(world: World, machine: TestClient, key: ClientKey) -> None:
    first = world.token(
        {**machine.basic, "DPoP": proof(world, key)}, grant_type="client_credentials"
    )
    assert first.status_code == 400
    assert first.json
    assert first.json["error"] == "use_dpop_nonce"
    assert "DPoP-Nonce" in first.headers["Access-Control-Expose-Headers"]
    given = {"DPoP": proof(world, key, nonce=first.headers["DPoP-Nonce"])}
    answer = world.token({**machine.basic, **given}, grant_type="client_credentials")
    assert answer.status_code == 200
    assert answer.headers["DPoP-Nonce"]
    world.time.now += 301
    old = {"DPoP": proof(world, key, nonce=first.headers["DPoP-Nonce"])}
    late = world.token({**machine.basic, **old}, grant_type="client_credentials")
    assert late.json
    assert late.json["error"] == "use_dpop_nonce"


def test_a_nonce_is_not_made_up(world: World, machine: TestClient, key: ClientKey) -> None:
    for made_up in ("", "x", "AAAA" * 20, 7, None):
        given = {**machine.basic, "DPoP": proof(world, key, nonce=made_up)}
        answer = world.token(given, grant_type="client_credentials")
        assert answer.json
        assert answer.json["error"] == "use_dpop_nonce"


def test_requests_without_a_proof_are_as_before(world: World, machine: TestClient) -> None:
    answer = world.token(machine.basic, grant_type="client_credentials")
    assert answer.json
    assert answer.json["token_type"] == "Bearer"
    assert "DPoP-Nonce" not in answer.headers
    assert "cnf" not in claims(answer.json["access_token"])


def test_a_public_clients_tokens_are_bound_for_good(
    world: World, public_client: TestClient, key: ClientKey, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    tokens = redeem(world, key, public_client, code, code_verifier=proof.verifier).json
    assert tokens
    assert tokens["token_type"] == "DPoP"
    form = {
        "grant_type": "refresh_token",
        "client_id": public_client.id,
        "refresh_token": tokens["refresh_token"],
    }
    assert world.token(**form).json["error"] == "invalid_grant"  # type: ignore[index]
    other = world.token(headers(world, client_key("ES256", 31)), **form)
    assert other.json
    assert other.json["error"] == "invalid_grant"
    again = world.token(headers(world, key), **form)
    assert again.json
    assert again.json["token_type"] == "DPoP"
    assert claims(again.json["access_token"])["cnf"] == {"jkt": key.thumbprint}


def test_a_rotating_refresh_token_stays_bound_and_is_not_lost_to_a_thief(
    world: World, pool_id: str, key: ClientKey, proof: Pkce
) -> None:
    client = world.client(
        pool_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED"},
    )
    code = world.code(client, **proof.parameters)
    tokens = redeem(world, key, client, code, code_verifier=proof.verifier).json
    assert tokens
    form = {"grant_type": "refresh_token", "client_id": client.id}
    stolen = world.token(
        headers(world, client_key("ES256", 31)), **form, refresh_token=tokens["refresh_token"]
    )
    assert stolen.status_code == 400
    mine = world.token(headers(world, key), **form, refresh_token=tokens["refresh_token"])
    assert mine.json
    unbound = world.token(**form, refresh_token=mine.json["refresh_token"])
    assert unbound.status_code == 400


def test_a_confidential_clients_refresh_token_takes_any_key(
    world: World, confidential_client: TestClient, key: ClientKey
) -> None:
    code = world.code(confidential_client)
    tokens = redeem(world, key, confidential_client, code).json
    assert tokens
    other = client_key("EdDSA")
    answer = world.token(
        headers(world, other, confidential_client),
        grant_type="refresh_token",
        refresh_token=tokens["refresh_token"],
    )
    assert answer.json
    assert claims(answer.json["access_token"])["cnf"] == {"jkt": other.thumbprint}


def test_a_code_is_bound_where_it_was_asked_for(
    world: World, confidential_client: TestClient, key: ClientKey
) -> None:
    code = world.code(confidential_client, dpop_jkt=key.thumbprint)
    for answer in (
        world.redeem(confidential_client, code),
        redeem(world, client_key("EdDSA"), confidential_client, code),
    ):
        assert answer.json
        assert answer.json["error"] == "invalid_grant"
    assert redeem(world, key, confidential_client, code).status_code == 200


def test_a_malformed_thumbprint_is_told_to_the_client(
    world: World, confidential_client: TestClient
) -> None:
    answer = world.browser().get(
        "/oauth2/authorize",
        query_string={
            "client_id": confidential_client.id,
            "response_type": "code",
            "redirect_uri": "https://app.example/callback",
            "dpop_jkt": "x",
        },
        base_url="http://localhost:8450",
    )
    assert "error=invalid_request" in answer.location


def test_a_client_whose_tokens_are_bound_gets_no_others(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    world.register(machine, dpop_bound_access_tokens=True)
    answer = world.token(machine.basic, grant_type="client_credentials")
    assert answer.json
    assert answer.json["error"] == "invalid_dpop_proof"
    bound = world.token(headers(world, key, machine), grant_type="client_credentials")
    assert bound.status_code == 200


def test_a_code_is_not_spent_by_a_request_without_its_proof(
    world: World, confidential_client: TestClient, key: ClientKey
) -> None:
    world.register(confidential_client, dpop_bound_access_tokens=True)
    code = world.code(confidential_client)
    assert world.redeem(confidential_client, code).json["error"] == "invalid_dpop_proof"  # type: ignore[index]
    assert redeem(world, key, confidential_client, code).status_code == 200


def test_user_info_takes_a_bound_token_with_its_proof(
    world: World, confidential_client: TestClient, key: ClientKey
) -> None:
    tokens = redeem(world, key, confidential_client, world.code(confidential_client)).json
    assert tokens
    token = tokens["access_token"]
    answer = user_info(world, key, token)
    assert answer.json
    assert answer.json["email"] == "ada@example.com"
    assert world.user_info(token).status_code == 401
    refused = user_info(world, client_key("EdDSA"), token)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("DPoP ")


def test_an_exchanged_token_needs_the_subjects_key(
    world: World, pool_id: str, key: ClientKey
) -> None:
    client = world.client(
        pool_id,
        confidential=True,
        ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    tokens = redeem(world, key, client, world.code(client)).json
    assert tokens
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": tokens["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    assert world.token(client.basic, **form).status_code == 400
    assert world.token(headers(world, client_key("EdDSA"), client), **form).status_code == 400
    answer = world.token(headers(world, key, client), **form)
    assert answer.json
    assert answer.json["token_type"] == "DPoP"
    assert claims(answer.json["access_token"])["cnf"] == {"jkt": key.thumbprint}


def test_a_nonce_is_of_this_server(world: World, key: ClientKey) -> None:
    assert nonce(world, key) != nonce(world, key)


def test_a_pushed_request_binds_its_code_to_the_key_of_its_proof(
    world: World, confidential_client: TestClient, key: ClientKey
) -> None:
    par = "http://localhost:8450/oauth2/par"
    pushed = {
        "response_type": "code",
        "redirect_uri": "https://app.example/callback",
        "scope": "openid",
    }

    def push(**form: str) -> Any:
        fields = headers(world, key, confidential_client, htu=par)
        return world.browser().post(par, data={**pushed, **form}, headers=fields)

    other = client_key("EdDSA")
    assert push(dpop_jkt=other.thumbprint).json["error"] == "invalid_dpop_proof"
    fields = {**confidential_client.basic, "DPoP": proof(world, key, htu=par)}
    refused = world.browser().post(par, data=pushed, headers=fields)
    assert refused.json
    assert refused.json["error"] == "use_dpop_nonce"
    assert refused.headers["DPoP-Nonce"]
    reference = push().json["request_uri"]
    code = world.code(confidential_client, request_uri=reference)
    assert world.redeem(confidential_client, code).status_code == 400
    assert redeem(world, key, confidential_client, code).status_code == 200


def test_a_token_of_the_authorization_endpoint_is_bound_to_the_key_that_was_named(
    world: World, pool_id: str, key: ClientKey
) -> None:
    client = world.client(pool_id, AllowedOAuthFlows=["implicit"])
    world.register(client, dpop_bound_access_tokens=True)
    asked = {"response_type": "token", "state": "s"}
    answer = world.sign_in(world.browser(), client, **asked, dpop_jkt=key.thumbprint)
    back = dict(parse_qsl(urlsplit(answer.location).fragment))
    assert back["token_type"] == "DPoP"
    assert claims(back["access_token"])["cnf"] == {"jkt": key.thumbprint}
    assert user_info(world, key, back["access_token"]).status_code == 200
    query = {"client_id": client.id, "redirect_uri": "https://app.example/callback", **asked}
    unbound = world.browser().get(
        "/oauth2/authorize", query_string=query, base_url="http://localhost:8450"
    )
    assert "error=invalid_request" in unbound.location
    world.register(client, tls_client_certificate_bound_access_tokens=True)
    refused = world.browser().get(
        "/oauth2/authorize", query_string=query, base_url="http://localhost:8450"
    )
    assert "error=unauthorized_client" in refused.location
