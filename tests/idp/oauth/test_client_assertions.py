"""private_key_jwt and client_secret_jwt (RFC 7523 §2.2, OpenID Connect Core 1.0 §9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.user_pools.rules.documented_settings import WrongSetting
from tests.idp.oauth.keys import ALGORITHMS, ClientKey, by_secret, client_key, new_jti
from tests.idp.oauth.world import ORIGIN, TestClient, World

SCOPE = "boats/read"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_ENDPOINT = f"{ORIGIN}/oauth2/token"


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read", "write")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE],
    )


@pytest.fixture
def key(world: World, machine: TestClient) -> ClientKey:
    made = client_key()
    register(world, machine, made)
    return made


def register(world: World, client: TestClient, key: ClientKey, **more: Any) -> None:
    jwks = {"keys": [key.jwk(kid="first")]}
    world.register(client, token_endpoint_auth_method="private_key_jwt", jwks=jwks, **more)


def claims(world: World, client: TestClient, **changes: Any) -> dict[str, Any]:
    """Of an assertion; None leaves one out."""
    given = {
        "iss": client.id,
        "sub": client.id,
        "aud": TOKEN_ENDPOINT,
        "exp": int(world.time.now) + 60,
        "jti": new_jti(),
        **changes,
    }
    return {name: each for name, each in given.items() if each is not None}


def ask(world: World, assertion: str, **form: str) -> TestResponse:
    given = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **form,
    }
    return world.token(**given)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_client_proves_itself_with_its_key(
    world: World, machine: TestClient, algorithm: str
) -> None:
    made = client_key(algorithm)
    register(world, machine, made)
    answer = ask(world, made.sign(claims(world, machine), kid="first"))
    assert answer.status_code == 200, answer.json


def test_the_issuer_is_an_audience_too(world: World, machine: TestClient, key: ClientKey) -> None:
    issuer = f"{ORIGIN}/{machine.pool_id}"
    for audience in (issuer, [issuer], [issuer, TOKEN_ENDPOINT]):
        assert ask(world, key.sign(claims(world, machine, aud=audience))).status_code == 200


def test_a_secret_signs_for_a_client_that_says_so(world: World, machine: TestClient) -> None:
    assert machine.secret
    world.register(machine, token_endpoint_auth_method="client_secret_jwt")
    answer = ask(world, by_secret(machine.secret).sign(claims(world, machine)))
    assert answer.status_code == 200, answer.json


def test_a_registered_method_is_the_only_one(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    by_basic = world.token(machine.basic, grant_type="client_credentials")
    assert by_basic.json == {"error": "invalid_client"}
    assert machine.secret
    by_hash = ask(world, by_secret(machine.secret).sign(claims(world, machine)))
    assert by_hash.json == {"error": "invalid_client"}
    world.register(machine, token_endpoint_auth_method="client_secret_post")
    assert world.token(machine.basic, grant_type="client_credentials").status_code == 401
    by_post = world.token(
        grant_type="client_credentials", client_id=machine.id, client_secret=machine.secret
    )
    assert by_post.status_code == 200


def test_an_assertion_needs_a_registered_method(world: World, machine: TestClient) -> None:
    world.register(machine, jwks={"keys": [client_key().jwk()]})
    answer = ask(world, client_key().sign(claims(world, machine)))
    assert answer.json == {"error": "invalid_client"}


def test_a_registered_algorithm_is_the_only_one(world: World, machine: TestClient) -> None:
    rsa = client_key("RS256")
    register(world, machine, rsa, token_endpoint_auth_signing_alg="PS256")
    answer = ask(world, rsa.sign(claims(world, machine)))
    assert answer.json == {"error": "invalid_client"}


def test_a_client_without_a_secret_is_confidential_by_its_key(
    world: World, public_client: TestClient, proof: Any
) -> None:
    key = client_key()
    register(world, public_client, key)
    code = world.code(public_client, **proof.parameters)
    form = {"code_verifier": proof.verifier}
    assert world.redeem(public_client, code, **form).json == {"error": "invalid_client"}
    assertion = key.sign(claims(world, public_client))
    form |= {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    assert world.redeem(public_client, code, **form).status_code == 200


def test_revocation_takes_assertions(world: World, public_client: TestClient) -> None:
    key = client_key()
    register(world, public_client, key)
    form = {
        "token": "x",
        "client_assertion": key.sign(claims(world, public_client)),
        "client_assertion_type": ASSERTION_TYPE,
    }
    answer = world.browser().post("/oauth2/revoke", data=form, base_url=ORIGIN)
    assert answer.status_code == 200
    replayed = world.browser().post("/oauth2/revoke", data=form, base_url=ORIGIN)
    assert replayed.json == {"error": "invalid_client"}


def test_keys_are_chosen_by_their_name(world: World, machine: TestClient) -> None:
    one, other = client_key("ES256", 1), client_key("ES256", 2)
    jwks = {"keys": [one.jwk(kid="one"), other.jwk(kid="other")]}
    world.register(machine, token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    assert ask(world, other.sign(claims(world, machine), kid="other")).status_code == 200
    wrong = ask(world, other.sign(claims(world, machine), kid="one"))
    assert wrong.json == {"error": "invalid_client"}
    unnamed = ask(world, other.sign(claims(world, machine)))
    assert unnamed.json == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [client_key().jwk(d="AAAA")]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"jwks": {"keys": [client_key().jwk(), client_key("ES256", 1).jwk()]}},
        {"jwks": {"keys": [client_key().jwk(kid=str(n)) for n in range(33)]}},
        {"jwks": {"keys": [client_key().jwk(x5c="A" * 40_000)]}},
        {"jwks_uri": "http://keys.example/jwks"},
        {"jwks_uri": "https://keys.example/jwks", "jwks": {"keys": [client_key().jwk()]}},
        {"token_endpoint_auth_signing_alg": "ES256"},
        {
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
        },
        {"token_endpoint_auth_method": "tls"},
    ],
    ids=range(12),
)  # fmt: skip
def test_members_that_could_not_be_enforced_are_refused(
    world: World, machine: TestClient, metadata: dict[str, Any]
) -> None:
    with pytest.raises(WrongSetting):
        world.register(machine, **metadata)


def test_a_method_that_would_lock_the_client_out_is_refused(
    world: World, machine: TestClient, public_client: TestClient
) -> None:
    with pytest.raises(WrongSetting, match="has a secret"):
        world.register(machine, token_endpoint_auth_method="none")
    for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt"):
        with pytest.raises(WrongSetting, match="needs a client with a secret"):
            world.register(public_client, token_endpoint_auth_method=method)


def test_discovery_names_the_methods(world: World, pool_id: str) -> None:
    answer = world.browser().get(f"/{pool_id}/.well-known/openid-configuration", base_url=ORIGIN)
    described = json.loads(answer.text)
    methods = described["token_endpoint_auth_methods_supported"]
    assert {"private_key_jwt", "client_secret_jwt"} <= set(methods)
    algorithms = described["token_endpoint_auth_signing_alg_values_supported"]
    assert algorithms == ["ES256", "Ed25519", "EdDSA", "HS256", "PS256", "RS256"]
