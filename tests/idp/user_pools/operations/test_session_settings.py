"""Set- and GetUserPoolSessionConfiguration, and the same of a client."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.tracked import documents, track
from tests.idp.user_pools.operations.world import World, at_once, refused


def test_pool_without_settings_has_the_defaults(world: World) -> None:
    answer = world.pool().call("get_user_pool_session_configuration")
    assert answer["UserSessionTracking"] == "DISABLED"
    assert answer["TokenSession"] == {"MaxPerUser": 20}


def test_pool_settings_are_replaced_whole(world: World) -> None:
    pool = world.pool()
    for tracking, most in (("ENABLED", 3), ("DISABLED", 100)):
        given = {"UserSessionTracking": tracking, "TokenSession": {"MaxPerUser": most}}
        answer = pool.call("set_user_pool_session_configuration", **given)
        kept = pool.call("get_user_pool_session_configuration")
        for each in (answer, kept):
            assert {name: each[name] for name in given} == given
            assert each["UserPoolId"] == pool.id


@pytest.mark.parametrize("most", [0, 101])
def test_limit_is_from_one_to_a_hundred(world: World, most: int) -> None:
    with refused("InvalidParameterException"):
        world.pool().call(
            "set_user_pool_session_configuration",
            UserSessionTracking="ENABLED",
            TokenSession={"MaxPerUser": most},
        )


def test_lite_pools_have_no_sessions(world: World) -> None:
    pool = world.pool(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        track(pool)
    with refused("FeatureUnavailableInTierException"):
        pool.call(
            "set_user_pool_client_session_configuration",
            ClientId=pool.client().id,
            SSOSession={"MaxValidityMinutes": 5},
        )


def test_other_accounts_find_no_pool(world: World) -> None:
    pool = world.pool()
    stranger = world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.get_user_pool_session_configuration(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        stranger.set_user_pool_session_configuration(
            UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 1}
        )


def test_client_without_settings_reuses_for_an_hour(world: World) -> None:
    pool = world.pool()
    answer = pool.call("get_user_pool_client_session_configuration", ClientId=pool.client().id)
    assert answer["SSOSession"] == {"MaxValidityMinutes": 60}


def test_client_settings_are_kept_while_tracking_is_off(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    track(pool)
    given = {"ClientId": client.id, "SSOSession": {"MaxValidityMinutes": 0}}
    answer = pool.call("set_user_pool_client_session_configuration", **given)
    assert answer["SSOSession"] == {"MaxValidityMinutes": 0}
    track(pool, tracking="DISABLED")
    kept = pool.call("get_user_pool_client_session_configuration", ClientId=client.id)
    assert kept["SSOSession"] == {"MaxValidityMinutes": 0}
    with refused("OperationNotEnabledException"):
        pool.call("set_user_pool_client_session_configuration", **given)


def test_client_belongs_to_the_pool(world: World) -> None:
    pool, other = world.pool(), world.pool()
    track(pool)
    client = other.client()
    with refused("ResourceNotFoundException"):
        pool.call("get_user_pool_client_session_configuration", ClientId=client.id)
    with refused("ResourceNotFoundException"):
        pool.call(
            "set_user_pool_client_session_configuration",
            ClientId=client.id,
            SSOSession={"MaxValidityMinutes": 5},
        )


def test_deleted_client_leaves_no_settings(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    track(pool)
    pool.call(
        "set_user_pool_client_session_configuration",
        ClientId=client.id,
        SSOSession={"MaxValidityMinutes": 129600},
    )
    pool.call("delete_user_pool_client", ClientId=client.id)
    rest = world.kernel.database.read(documents, pool.id)
    assert rest == ["session"]


def test_first_settings_may_come_twice_at_once(world: World) -> None:
    pool = world.pool()
    assert at_once(*[lambda: track(pool)] * 4) == ["ok"] * 4
