"""The code grant from the first redirect to the tokens, and the attacks on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.models import AuthorizationCode, RefreshFamily
from idp.user_pools.services import revocation
from tests.idp.oauth.moves import claims_of
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World, query_of


def test_a_code_buys_tokens(world: World, public_client: TestClient, proof: Pkce) -> None:
    code = world.code(public_client, nonce="n-0S6", **proof.parameters)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json
    assert sorted(answer.json) == [
        "access_token", "expires_in", "id_token", "refresh_token", "token_type",
    ]  # fmt: skip
    identity = claims_of(answer.json["id_token"])
    assert identity["nonce"] == "n-0S6"
    assert identity["iss"] == f"{ORIGIN}/{public_client.pool_id}"
    assert identity["aud"] == public_client.id
    assert identity["email"] == "ada@example.com"
    assert claims_of(answer.json["access_token"])["scope"] == "openid email"


def test_state_and_issuer_come_back_with_the_code(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    answer = world.sign_in(world.browser(), public_client, state="a b&c=d", **proof.parameters)
    assert answer.location.startswith(CALLBACK + "?")
    assert query_of(answer)["state"] == "a b&c=d"
    # A client that talks to several servers compares it (mix-up, RFC 9207).
    assert query_of(answer)["iss"] == f"{ORIGIN}/{public_client.pool_id}"


def test_without_openid_there_is_no_id_token(world: World, pool_id: str, proof: Pkce) -> None:
    client = world.client(pool_id, AllowedOAuthScopes=["openid", "email"])
    code = world.code(client, scope="email", **proof.parameters)
    answer = world.redeem(client, code, code_verifier=proof.verifier)
    assert answer.json
    assert "id_token" not in answer.json


def test_without_a_scope_the_client_gets_all_of_its_own(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, scope=None, **proof.parameters)  # type: ignore[arg-type]
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert claims_of(answer.json["access_token"])["scope"] == "openid email profile"


def test_replayed_code_revokes_the_tokens_it_bought(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    first = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert first.json
    second = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert (second.status_code, second.json) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid 'code' in request."},
    )
    assert world.user_info(first.json["access_token"]).status_code == 401
    refreshed = world.token(
        grant_type="refresh_token",
        client_id=public_client.id,
        refresh_token=first.json["refresh_token"],
    )
    assert refreshed.json
    assert refreshed.json["error"] == "invalid_grant"


def test_a_code_redeemed_in_parallel_leaves_no_tokens_behind(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: world.redeem(public_client, code, code_verifier=proof.verifier),
                range(4),
            )
        )
    won = [answer.json for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert won[0]
    assert world.user_info(won[0]["access_token"]).status_code == 401


def test_a_code_expires_after_five_minutes(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    world.time.now += 300
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"


def test_a_stored_code_is_only_a_hash(world: World, public_client: TestClient, proof: Pkce) -> None:
    code = world.code(public_client, **proof.parameters)
    (row,) = world.rows(AuthorizationCode)
    assert code.encode() not in row.code_hash
    assert len(row.code_hash) == 32


def test_another_client_cannot_redeem_a_code(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    thief = world.client(pool_id)
    stolen = world.redeem(thief, code, code_verifier=proof.verifier)
    assert stolen.json
    assert stolen.json["error"] == "invalid_grant"
    assert world.redeem(public_client, code, code_verifier=proof.verifier).status_code == 200


@pytest.mark.parametrize("redirect_uri", ["https://app.example/other", ""])
def test_a_code_needs_the_redirect_uri_it_was_sent_to(
    world: World, public_client: TestClient, proof: Pkce, redirect_uri: str
) -> None:
    code = world.code(public_client, **proof.parameters)
    answer = world.redeem(
        public_client, code, code_verifier=proof.verifier, redirect_uri=redirect_uri
    )
    assert answer.json
    assert answer.json["error"] == "invalid_grant"


def test_a_stolen_code_is_worth_nothing_without_the_verifier(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    for guess in ({}, {"code_verifier": Pkce().verifier}, {"code_verifier": "short"}):
        answer = world.redeem(public_client, code, **guess)
        assert answer.json
        assert answer.json["error"] == "invalid_grant"
    assert world.redeem(public_client, code, code_verifier=proof.verifier).status_code == 200


def test_a_challenge_binds_a_confidential_client_too(
    world: World, confidential_client: TestClient, proof: Pkce
) -> None:
    code = world.code(confidential_client, **proof.parameters)
    answer = world.redeem(confidential_client, code)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"


def test_a_stripped_challenge_is_noticed(world: World, confidential_client: TestClient) -> None:
    """PKCE downgrade: the attacker removes the challenge from the authorization request."""
    code = world.code(confidential_client)
    answer = world.redeem(confidential_client, code, code_verifier=Pkce().verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"


def test_a_confidential_client_may_do_without_pkce(
    world: World, confidential_client: TestClient
) -> None:
    code = world.code(confidential_client)
    assert world.redeem(confidential_client, code).status_code == 200


def test_a_disabled_user_gets_no_tokens_for_a_code(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    user_id = world.user(pool_id, "eve@example.com")
    code = world.code(public_client, email="eve@example.com", **proof.parameters)
    world.change_user(user_id, enabled=False)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"
    (row,) = world.rows(AuthorizationCode)
    assert row.redeemed is None


@pytest.mark.parametrize("change", ["password", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD"])
def test_a_code_ends_with_the_password_that_brought_it(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce, change: str
) -> None:
    """Who holds it gets no tokens after its user has thrown everybody out."""
    user_id = world.user(pool_id, "eve@example.com")
    code = world.code(public_client, email="eve@example.com", **proof.parameters)
    if change == "password":
        later = world.kernel.clock.now() + timedelta(seconds=1)
        world.change_user(user_id, password_set=later)
    else:
        world.change_user(user_id, status=change)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"
    assert world.rows(RefreshFamily) == []


def test_a_code_ends_with_a_sign_out_everywhere(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    user_id = world.user(pool_id, "eve@example.com")
    code = world.code(public_client, email="eve@example.com", **proof.parameters)
    now = world.kernel.clock.now()
    world.kernel.database.write(revocation.revoke_user, user_id, now)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert answer.json["error"] == "invalid_grant"
    assert world.rows(RefreshFamily) == []
