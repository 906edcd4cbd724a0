"""Refreshing at the token endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from idp.models import RefreshFamily, UserPool
from kernel.functions.sources import FunctionFiles
from tests.idp.oauth.moves import ROTATING, bought, claims_of, error_of, refresh
from tests.idp.oauth.world import Pkce, TestClient, World


def test_a_refresh_gives_new_tokens_and_keeps_the_refresh_token(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    first = bought(world, public_client, proof)
    world.time.now += 60
    answer = refresh(world, public_client, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.json
    assert sorted(answer.json) == ["access_token", "expires_in", "id_token", "token_type"]
    old, new = claims_of(first["access_token"]), claims_of(answer.json["access_token"])
    assert new["origin_jti"] == old["origin_jti"]
    assert new["auth_time"] == old["auth_time"]
    assert new["iat"] > old["iat"]


def test_scopes_can_be_narrowed_but_not_widened(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    token = bought(world, public_client, proof)["refresh_token"]
    narrowed = refresh(world, public_client, token, scope="email")
    assert narrowed.json
    assert claims_of(narrowed.json["access_token"])["scope"] == "email"
    assert "id_token" not in narrowed.json
    assert error_of(refresh(world, public_client, token, scope="openid profile")) == "invalid_scope"


ADDING = """
def handler(event, context):
    scopes = event["request"]["scopes"]
    event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": {
        "claimsToAddOrOverride": {"told": " ".join(scopes)},
        "scopesToAdd": ["boats/sail", "profile"]}}
    return event
"""


@pytest.fixture
def adding(
    world: World, pool_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TestClient:
    """A client of a pool whose function gives every token the same scopes."""
    folder = tmp_path / "adding"
    folder.mkdir()
    (folder / "adding.py").write_text(ADDING)
    monkeypatch.setattr(world.kernel.functions, "_sources", (FunctionFiles(folder),))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:adding"
    detailed = {"LambdaVersion": "V2_0", "LambdaArn": arn}
    config = {"PreTokenGeneration": arn, "PreTokenGenerationConfig": detailed}

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        pool.settings = {**pool.settings, "LambdaConfig": config}

    world.kernel.database.write(unit)
    return world.client(pool_id)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({}, "openid email boats/sail profile"),
        ({"scope": "email openid"}, "openid email boats/sail profile"),
        ({"scope": "email"}, "email"),
    ],
)
def test_function_does_not_widen_what_was_asked_for_narrow(
    world: World, adding: TestClient, proof: Pkce, asked: dict[str, str], given: str
) -> None:
    token = bought(world, adding, proof)["refresh_token"]
    answer = refresh(world, adding, token, **asked)
    assert answer.json
    claims = claims_of(answer.json["access_token"])
    assert sorted(claims["scope"].split()) == sorted(given.split())
    assert set(claims["told"].split()) == set(given.split()) - {"boats/sail", "profile"}


def test_scope_that_a_function_added_was_never_granted(
    world: World, adding: TestClient, proof: Pkce
) -> None:
    token = bought(world, adding, proof)["refresh_token"]
    assert error_of(refresh(world, adding, token, scope="openid boats/sail")) == "invalid_scope"


def test_with_rotation_a_replaced_token_ends_the_family(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, **ROTATING)
    first = bought(world, client, proof)["refresh_token"]
    rotated = refresh(world, client, first)
    assert rotated.json
    second = rotated.json["refresh_token"]
    assert second != first
    assert error_of(refresh(world, client, first)) == "invalid_grant"
    assert error_of(refresh(world, client, second)) == "invalid_grant"
    assert world.user_info(rotated.json["access_token"]).status_code == 401


def test_a_refused_scope_does_not_rotate_the_token(world: World, pool_id: str, proof: Pkce) -> None:
    client = world.client(pool_id, **ROTATING)
    first = bought(world, client, proof)["refresh_token"]
    assert error_of(refresh(world, client, first, scope="profile")) == "invalid_scope"
    assert refresh(world, client, first).status_code == 200


def test_another_client_cannot_refresh(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    token = bought(world, public_client, proof)["refresh_token"]
    assert error_of(refresh(world, world.client(pool_id), token)) == "invalid_grant"


@pytest.mark.parametrize("token", ["x", "ü", "a.b.c", "A" * 4000])
def test_nonsense_is_an_invalid_grant(world: World, public_client: TestClient, token: str) -> None:
    assert error_of(refresh(world, public_client, token)) == "invalid_grant"


def test_a_missing_token_is_an_invalid_request(world: World, public_client: TestClient) -> None:
    assert error_of(refresh(world, public_client, "")) == "invalid_request"


def test_a_disabled_user_is_not_refreshed(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    token = bought(world, public_client, proof)["refresh_token"]
    (user,) = {family.user_id for family in world.rows(RefreshFamily)}
    world.change_user(user, enabled=False)
    assert error_of(refresh(world, public_client, token)) == "invalid_grant"


def test_a_refresh_token_expires(world: World, public_client: TestClient, proof: Pkce) -> None:
    token = bought(world, public_client, proof)["refresh_token"]
    world.time.now += 30 * 86_400
    assert error_of(refresh(world, public_client, token)) == "invalid_grant"
