"""AcrConfiguration of a pool, and the claims `acr` and `amr` of its tokens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import World, new_email, refused

DEFAULTS = {f"Level{n}": {"AcrValue": f"urn:cognito:loa:{n}"} for n in range(1, 5)}
OWN = {"Level1": {"AcrValue": "https://example.com/loa/low"}}


def described(world: World, pool_id: str) -> dict[str, Any]:
    pool: dict[str, Any] = world.admin.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return pool


def test_pool_always_tells_all_four_names(world: World) -> None:
    assert described(world, world.pool().id)["AcrConfiguration"] == DEFAULTS
    pool = world.pool(AcrConfiguration=OWN)
    assert described(world, pool.id)["AcrConfiguration"] == {**DEFAULTS, **OWN}
    pool.call("update_user_pool")
    assert described(world, pool.id)["AcrConfiguration"] == DEFAULTS


@pytest.mark.parametrize(
    "configuration",
    [
        {"Level1": {"AcrValue": "urn:cognito:loa:2"}},
        {"Level1": {"AcrValue": "a"}, "Level3": {"AcrValue": "a"}},
        {"Level1": {"AcrValue": "two words"}},
        {"Level1": {"AcrValue": 'a"b'}},
        {"Level1": {"AcrValue": "a" * 65}},
        {"Level5": {"AcrValue": "a"}},
    ],
)
def test_bad_names_are_refused(world: World, configuration: dict[str, Any]) -> None:
    with refused("InvalidParameterException"):
        world.pool(AcrConfiguration=configuration)


def test_names_need_a_higher_tier_than_lite(world: World) -> None:
    with refused("FeatureUnavailableInTierException"):
        world.pool(UserPoolTier="LITE", AcrConfiguration=OWN)
    pool = world.pool(UserPoolTier="LITE")
    kept = described(world, pool.id)["AcrConfiguration"]
    pool.call("update_user_pool", UserPoolTier="LITE", AcrConfiguration=kept)


def test_tokens_say_how_the_user_proved_himself(world: World) -> None:
    pool, address = world.email_pool(AcrConfiguration=OWN), new_email()
    pool.create_user(address)
    client = pool.client()
    tokens = client.tokens(address)
    world.time.pass_by(minutes=5)
    renewed = client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    for each in (tokens, renewed):
        for name in ("AccessToken", "IdToken"):
            claims = claims_of(each[name])
            assert claims["acr"] == "https://example.com/loa/low"
            assert claims["amr"] == ["pwd"]


def test_functions_neither_raise_nor_hide_the_level(world: World) -> None:
    lies = world.function(
        "raises_the_level",
        "change = {'claimsToAddOrOverride': {'acr': 'urn:cognito:loa:4', 'amr': ['otp']},"
        " 'claimsToSuppress': ['amr', 'acr']}\n"
        "event['response']['claimsAndScopeOverrideDetails'] = {"
        "'accessTokenGeneration': change, 'idTokenGeneration': change}",
    )
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": lies}}
    pool, address = world.email_pool(LambdaConfig=config), new_email()
    pool.create_user(address)
    tokens = pool.client().tokens(address)
    for name in ("AccessToken", "IdToken"):
        claims = claims_of(tokens[name])
        assert (claims["acr"], claims["amr"]) == ("urn:cognito:loa:1", ["pwd"])
