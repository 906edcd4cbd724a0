"""Attacks on tokens that are bound to a key (RFC 9449 §11)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from idp.errors import NotAuthorized
from idp.user_pools.operations import sign_in as operations
from idp.user_pools.services import access, refresh, subjects
from idp.user_pools.services.refresh import RefreshRequest
from tests.idp.oauth.keys import ClientKey, by_secret, client_key, hash_of, unsigned
from tests.idp.oauth.proofs import TOKEN_ENDPOINT, headers, nonce, proof, redeem, user_info
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World

KEY, THIEF = client_key("ES256", 40), client_key("ES256", 41)


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )


@pytest.fixture
def tokens(world: World, public_client: TestClient, proof: Pkce) -> dict[str, Any]:
    code = world.code(public_client, scope="openid email", **proof.parameters)
    answer = redeem(world, KEY, public_client, code, code_verifier=proof.verifier)
    assert answer.json
    return answer.json


def error_of(world: World, machine: TestClient, text: str) -> str:
    given = {**machine.basic, "DPoP": text}
    answer = world.token(given, grant_type="client_credentials")
    assert answer.status_code == 400
    assert answer.json
    return str(answer.json["error"])


def test_rfc9449_section_11_1_a_replayed_proof_is_refused(
    world: World, machine: TestClient, tokens: dict[str, Any]
) -> None:
    once = headers(world, KEY, machine)
    assert world.token(once, grant_type="client_credentials").status_code == 200
    assert error_of(world, machine, once["DPoP"]) == "invalid_dpop_proof"
    token = tokens["access_token"]
    assert user_info(world, KEY, token, jti="once").status_code == 200
    assert user_info(world, KEY, token, jti="once").status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htm": "post"},
        {"htm": None},
        {"htu": f"{ORIGIN}/oauth2/userInfo"},
        {"htu": "https://other.example/oauth2/token"},
        {"htu": None},
        {"htu": ["x"]},
        {"iat": 1_700_000_000 - 61},
        {"iat": 1_700_000_000 + 61},
        {"iat": None},
        {"iat": "1700000000"},
        {"iat": float("nan")},
        {"jti": None},
        {"jti": 7},
        {"jti": "\ud800"},
        {"htu": "\ud800"},
        {"jti": "j" * 256},
        {"header": {"typ": "jwt"}},
        {"header": {"typ": None}},
        {"header": {"jwk": None}},
        {"header": {"jwk": THIEF.jwk()}},
        {"header": {"jwk": KEY.jwk(d="AAAA")}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
        {"header": {"jwk": {"kty": ["EC"]}}},
        {"header": {"jwk": "x"}},
        {"header": {"crit": ["exp"]}},
        {"header": {"jwk": None, "jku": "https://thief.example/jwks"}},
    ],
    ids=range(27),
)
def test_rfc9449_section_4_3_a_proof_for_something_else_is_refused(
    world: World, machine: TestClient, changes: dict[str, Any]
) -> None:
    text = proof(world, KEY, nonce=nonce(world, KEY), **changes)
    assert error_of(world, machine, text) == "invalid_dpop_proof"


def test_rfc9449_section_11_6_no_signature_and_symmetric_keys_are_refused(
    world: World, machine: TestClient
) -> None:
    for signing in (unsigned(), by_secret(json.dumps(KEY.public)), by_secret(KEY.public["x"])):
        forged = ClientKey(signing.algorithm, KEY.public, signing.signs)
        text = proof(world, forged, nonce=nonce(world, KEY))
        assert error_of(world, machine, text) == "invalid_dpop_proof"
    stripped = proof(world, KEY, nonce=nonce(world, KEY)).rpartition(".")[0] + "."
    assert error_of(world, machine, stripped) == "invalid_dpop_proof"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * 9000, "é", "{}"])
def test_what_is_no_proof_is_refused(world: World, machine: TestClient, text: str) -> None:
    assert error_of(world, machine, text) == "invalid_dpop_proof"


def test_rfc9449_section_4_3_two_proofs_are_refused(world: World, machine: TestClient) -> None:
    given = nonce(world, KEY)
    both = ", ".join(proof(world, KEY, nonce=given) for _ in range(2))
    assert error_of(world, machine, both) == "invalid_dpop_proof"


def test_rfc9449_section_7_1_a_bound_token_is_no_bearer_token_anywhere(
    world: World, tokens: dict[str, Any]
) -> None:
    token = tokens["access_token"]
    assert world.user_info(token).status_code == 401
    assert user_info(world, KEY, token, scheme="Bearer").status_code == 401
    with pytest.raises(NotAuthorized):
        access.verify(world.kernel, token, scope="openid")


def test_rfc9449_section_7_1_another_key_or_token_is_refused(
    world: World, tokens: dict[str, Any]
) -> None:
    token = tokens["access_token"]
    assert user_info(world, THIEF, token).status_code == 401
    assert user_info(world, KEY, token, ath=hash_of("another")).status_code == 401
    assert user_info(world, KEY, token, ath=None).status_code == 401
    assert user_info(world, KEY, token, ath="\ud800").status_code == 401
    assert user_info(world, KEY, token, htm="POST").status_code == 401
    assert user_info(world, KEY, token, htu=TOKEN_ENDPOINT).status_code == 401
    assert user_info(world, KEY, token).status_code == 200


def test_a_stripped_cnf_breaks_the_signature(world: World, tokens: dict[str, Any]) -> None:
    head, body, signature = tokens["access_token"].split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    del said["cnf"]
    stripped = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    assert world.user_info(f"{head}.{stripped}.{signature}").status_code == 401


def test_an_unbound_token_is_no_dpop_token(world: World, confidential_client: TestClient) -> None:
    """Otherwise a thief of a bearer token could make it look bound to a key of his own."""
    plain = world.redeem(confidential_client, world.code(confidential_client)).json
    assert plain
    assert user_info(world, THIEF, plain["access_token"]).status_code == 401
    assert world.user_info(plain["access_token"]).status_code == 200


def test_no_other_operation_renews_a_bound_refresh_token(
    world: World, public_client: TestClient, tokens: dict[str, Any]
) -> None:
    context = world.kernel.database.look_up(subjects.load_client, world.kernel, public_client.id)
    with pytest.raises(NotAuthorized):
        refresh.renew(world.kernel, context, RefreshRequest(tokens["refresh_token"]))
    request = {
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": public_client.id,
        "AuthParameters": {"REFRESH_TOKEN": tokens["refresh_token"]},
    }
    with pytest.raises(NotAuthorized):
        operations.initiate_auth(world.call, request)
    with pytest.raises(NotAuthorized):
        operations.get_tokens_from_refresh_token(
            world.call, {"ClientId": public_client.id, "RefreshToken": tokens["refresh_token"]}
        )


def test_no_other_operation_gives_unbound_tokens(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    plain = world.redeem(public_client, code, code_verifier=proof.verifier).json
    assert plain
    world.register(public_client, dpop_bound_access_tokens=True)
    with pytest.raises(NotAuthorized):
        operations.get_tokens_from_refresh_token(
            world.call, {"ClientId": public_client.id, "RefreshToken": plain["refresh_token"]}
        )


def test_a_made_up_host_is_no_target(world: World, machine: TestClient) -> None:
    """A proof for another server must not be good here because the Host header names it."""
    text = proof(world, KEY, nonce=nonce(world, KEY), htu="http://other.example/oauth2/token")
    answer = world.browser().post(
        "/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={**machine.basic, "DPoP": text},
        base_url="http://other.example",
    )
    assert answer.json
    assert answer.json["error"] == "invalid_dpop_proof"
