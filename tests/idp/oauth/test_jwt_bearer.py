"""The grant of an assertion (RFC 7523 §2.1)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from idp.models import RefreshFamily
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import revocation
from tests.idp.oauth.keys import ClientKey, client_key, new_jti
from tests.idp.oauth.proofs import headers
from tests.idp.oauth.world import ORIGIN, TestClient, World

ISSUER = "https://partner.example"
KEY = client_key("RS256")


@pytest.fixture
def app(world: World, pool_id: str) -> TestClient:
    made = world.client(pool_id, confidential=True)
    trust(world, made)
    return made


def trust(world: World, client: TestClient, **changes: Any) -> None:
    issuer = {
        "issuer": ISSUER,
        "jwks": {"keys": [KEY.jwk(kid="a")]},
        "clients": [client.id],
        "scopes": ["openid", "email"],
        **changes,
    }
    world.configure(client.pool_id, assertion_issuers=[issuer])


def assertion(world: World, key: ClientKey = KEY, **changes: Any) -> str:
    given = {
        "iss": ISSUER,
        "sub": "ada@example.com",
        "aud": f"{ORIGIN}/oauth2/token",
        "exp": int(world.time.now) + 300,
        "jti": new_jti(),
        **changes,
    }
    header = given.pop("header", {"kid": "a"})
    return key.sign({name: each for name, each in given.items() if each is not None}, **header)


def present(world: World, client: TestClient, text: str, **form: str) -> TestResponse:
    given = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": text,
        **form,
    }
    return world.token(client.basic, **given)


def error_of(answer: TestResponse) -> str:
    assert answer.status_code == 400
    assert answer.json
    return str(answer.json["error"])


def test_an_assertion_buys_an_access_token_of_its_subject(world: World, app: TestClient) -> None:
    answer = present(world, app, assertion(world)).json
    assert answer
    assert answer.keys() == {"access_token", "expires_in", "token_type", "scope"}
    assert answer["scope"] == "openid email"
    info = world.user_info(answer["access_token"]).json
    assert info
    assert info["email"] == "ada@example.com"


def test_the_subject_may_be_a_sub(world: World, app: TestClient, pool_id: str) -> None:
    sub = world.user(pool_id, "grace@example.com")
    trust(world, app, subject="sub")
    answer = present(world, app, assertion(world, sub=sub)).json
    assert answer
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["sub"] == sub
    assert error_of(present(world, app, assertion(world))) == "invalid_grant"


def test_the_token_ends_with_a_sign_out(world: World, app: TestClient) -> None:
    answer = present(world, app, assertion(world)).json
    assert answer
    (family,) = world.rows(RefreshFamily)
    revocation.end(world.kernel, family.id)
    assert world.user_info(answer["access_token"]).status_code == 401


def test_scopes_are_bounded_by_issuer_and_client(world: World, app: TestClient) -> None:
    answer = present(world, app, assertion(world), scope="openid").json
    assert answer
    assert answer["scope"] == "openid"
    for scope in ("openid profile", "phone", "aws.cognito.signin.user.admin"):
        assert error_of(present(world, app, assertion(world), scope=scope)) == "invalid_scope"


def test_a_proof_binds_the_token(world: World, app: TestClient) -> None:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion(world),
    }
    answer = world.token(headers(world, client_key(), app), **form).json
    assert answer
    assert answer["token_type"] == "DPoP"


def test_only_clients_that_prove_themselves_may_present_one(
    world: World, public_client: TestClient
) -> None:
    trust(world, public_client)
    answer = world.token(
        grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
        client_id=public_client.id,
        assertion=assertion(world),
    )
    assert answer.json == {"error": "invalid_client"}


@pytest.mark.parametrize("state", [{"enabled": False}, {"status": "FORCE_CHANGE_PASSWORD"}])
def test_a_user_who_may_not_sign_in_gets_nothing(
    world: World, app: TestClient, pool_id: str, state: dict[str, Any]
) -> None:
    world.change_user(world.user(pool_id, "grace@example.com"), **state)
    text = assertion(world, sub="grace@example.com")
    assert error_of(present(world, app, text)) == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks_uri": "https://partner.example/jwks"},
        {"jwks": {"keys": []}},
        {"issuer": ""},
        {"clients": "all"},
        {"scopes": [1]},
        {"subject": "email"},
        {"more": 1},
    ],
    ids=range(7),
)
def test_a_trust_that_could_not_be_enforced_is_refused(
    world: World, app: TestClient, changes: dict[str, Any]
) -> None:
    with pytest.raises(WrongSetting, match="assertion_issuers"):
        trust(world, app, **changes)
