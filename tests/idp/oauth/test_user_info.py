"""GET and POST /oauth2/userInfo."""

from __future__ import annotations

import jwt
import pytest

from tests.idp.oauth.moves import bought
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World


def test_claims_follow_the_scopes(world: World, pool_id: str, proof: Pkce) -> None:
    client = world.client(pool_id)
    answer = world.user_info(bought(world, client, proof)["access_token"])
    assert answer.status_code == 200
    assert answer.json
    assert set(answer.json) == {"sub", "email", "email_verified", "username"}
    assert answer.json["email_verified"] == "true"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_client_sees_only_what_it_may_read(world: World, pool_id: str, proof: Pkce) -> None:
    client = world.client(pool_id, ReadAttributes=["name"])
    code = world.code(client, scope="openid", **proof.parameters)
    tokens = world.redeem(client, code, code_verifier=proof.verifier).json
    assert tokens
    answer = world.user_info(tokens["access_token"])
    assert answer.json
    assert set(answer.json) == {"sub", "name", "username"}


def test_post_works_too(world: World, public_client: TestClient, proof: Pkce) -> None:
    token = bought(world, public_client, proof)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert world.browser().post("/oauth2/userInfo", headers=headers).status_code == 200


def test_a_form_may_carry_the_token(world: World, public_client: TestClient, proof: Pkce) -> None:
    """RFC 6750 §2.2; §2.3's query is not supported, since addresses are logged."""
    token = bought(world, public_client, proof)["access_token"]
    browser = world.browser()
    assert browser.post("/oauth2/userInfo", data={"access_token": token}).status_code == 200
    assert browser.post(f"/oauth2/userInfo?access_token={token}").status_code == 401
    assert browser.get(f"/oauth2/userInfo?access_token={token}").status_code == 401


def test_claims_may_have_the_types_of_openid_connect(
    world: World, pool_id: str, proof: Pkce
) -> None:
    """OIDC Core §5.1, where the pool's settings ask for it."""
    client = world.client(pool_id)
    user_id = world.user(pool_id, "bob@example.com")
    attributes = {
        "email": "bob@example.com",
        "email_verified": "true",
        "address": "1 Main Street\nAnytown",
        "updated_at": "1700000000",
    }
    world.change_user(user_id, attributes=attributes)
    world.configure(pool_id, claim_types="openid")
    code = world.code(client, email="bob@example.com", scope="openid", **proof.parameters)
    tokens = world.redeem(client, code, code_verifier=proof.verifier).json
    assert tokens
    for found in (
        world.user_info(tokens["access_token"]).json,
        jwt.decode(tokens["id_token"], options={"verify_signature": False}),
    ):
        assert found["email_verified"] is True
        assert found["address"] == {"formatted": "1 Main Street\nAnytown"}
        assert found["updated_at"] == 1_700_000_000


@pytest.mark.parametrize("authorization", [None, "Basic eDp5", "Bearer", "Bearer  "])
def test_without_a_token_it_says_what_is_missing(world: World, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = world.browser().get("/oauth2/userInfo", headers=headers)
    assert answer.status_code == 401
    # RFC 6750 §3.1: no error code without authentication information.
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="userInfo"'


@pytest.mark.parametrize("token", ["x", "a.b.c", "ü.ü.ü", "." * 500])
def test_nonsense_is_an_invalid_token(world: World, token: str) -> None:
    answer = world.browser().get(
        "/oauth2/userInfo", headers=[("Authorization", f"Bearer {token}".encode().decode("latin1"))]
    )
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_id_token_is_no_access_token(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    assert world.user_info(bought(world, public_client, proof)["id_token"]).status_code == 401


def test_an_altered_token_is_refused(world: World, public_client: TestClient, proof: Pkce) -> None:
    token = bought(world, public_client, proof)["access_token"]
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{signature[:-4]}AAAA"
    assert world.user_info(forged).status_code == 401


def test_openid_is_needed(world: World, public_client: TestClient, proof: Pkce) -> None:
    code = world.code(public_client, scope="email", **proof.parameters)
    tokens = world.redeem(public_client, code, code_verifier=proof.verifier).json
    assert tokens
    answer = world.user_info(tokens["access_token"])
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(world: World, public_client: TestClient, proof: Pkce) -> None:
    token = bought(world, public_client, proof)["access_token"]
    world.time.now += 3600
    assert world.user_info(token).status_code == 401


def test_a_pools_own_host_answers_for_its_own_people_only(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    token = bought(world, public_client, proof)["access_token"]
    other = world.pool(PoolName="others")
    world.domain(other, "others")
    world.domain(public_client.pool_id, "people")
    headers = {"Authorization": f"Bearer {token}"}
    base = ORIGIN.removeprefix("http://")
    for domain, status in (("people", 200), ("others", 401)):
        answer = world.browser().get(
            "/oauth2/userInfo",
            headers=headers,
            base_url=f"http://{domain}.auth.us-east-1.{base}",
        )
        assert answer.status_code == status
