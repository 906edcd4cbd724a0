"""UpdateUserPool to a lower tier: what the tier lacks is turned off before, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from idp.user_pools.rules import tiers
from idp.user_pools.services import tier_changes
from tests.idp.user_pools.operations.choosing import FLOWS, configure
from tests.idp.user_pools.operations.tracked import track
from tests.idp.user_pools.operations.watched import BLOCK_COMPROMISED
from tests.idp.user_pools.operations.world import Pool, World, new_name, refused

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/pool"
WATCHED = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}
TurnOff = Callable[[], object]


def choosing_client(pool: Pool) -> TurnOff:
    app = pool.client(ExplicitAuthFlows=FLOWS)
    return lambda: pool.call(
        "update_user_pool_client", ClientId=app.id, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"]
    )


def managed_login(pool: Pool) -> TurnOff:
    domain = new_name("domain")
    pool.call("create_user_pool_domain", Domain=domain, ManagedLoginVersion=2)
    return lambda: pool.call("update_user_pool_domain", Domain=domain, ManagedLoginVersion=1)


def tracking(pool: Pool) -> TurnOff:
    track(pool)
    return lambda: track(pool, tracking="DISABLED")


def exported_events(pool: Pool) -> TurnOff:
    def export(*sources: tuple[str, str]) -> None:
        destination = {"LogGroupArn": GROUP}
        pool.call(
            "set_log_delivery_configuration",
            LogConfigurations=[
                {"EventSource": s, "LogLevel": level, "CloudWatchLogsConfiguration": destination}
                for s, level in sources
            ],
        )

    notifications = ("userNotification", "ERROR")
    export(("userAuthEvents", "INFO"), notifications)
    return lambda: export(notifications)


def risk_of_pool(pool: Pool) -> TurnOff:
    pool.call("set_risk_configuration", **BLOCK_COMPROMISED)
    return lambda: pool.call("set_risk_configuration")


def risk_of_client(pool: Pool) -> TurnOff:
    client = pool.client()
    pool.call("set_risk_configuration", ClientId=client.id, **BLOCK_COMPROMISED)
    return lambda: pool.call("set_risk_configuration", ClientId=client.id)


USES = {
    "ALLOW_USER_AUTH": choosing_client,
    "ManagedLoginVersion": managed_login,
    "UserSessionTracking": tracking,
    "userAuthEvents": exported_events,
    "risk configuration of the user pool": risk_of_pool,
    "risk configuration of the app client": risk_of_client,
}
OF_PLUS = list(USES)[3:]


def tier(pool: Pool) -> str:
    return str(pool.call("describe_user_pool")["UserPool"]["UserPoolTier"])


@pytest.mark.parametrize("name", USES)
def test_what_lite_lacks_is_turned_off_before(world: World, name: str) -> None:
    pool = world.pool(**WATCHED)
    turn_off = USES[name](pool)
    with refused("TierChangeNotAllowedException", name):
        pool.call("update_user_pool", UserPoolTier="LITE")
    assert tier(pool) == "PLUS"
    turn_off()
    pool.call("update_user_pool", UserPoolTier="LITE")
    assert tier(pool) == "LITE"


@pytest.mark.parametrize("name", USES)
def test_an_update_that_leaves_the_tier_out_is_held_to_the_same(world: World, name: str) -> None:
    pool = world.pool(**WATCHED)
    USES[name](pool)
    if name in OF_PLUS:
        with refused("TierChangeNotAllowedException", name):
            pool.call("update_user_pool")
        assert tier(pool) == "PLUS"
    else:
        pool.call("update_user_pool")
        assert tier(pool) == "ESSENTIALS"


def test_all_that_hinders_is_named_at_once(world: World) -> None:
    pool = world.pool(**WATCHED)
    for use in USES.values():
        use(pool)
    with refused("TierChangeNotAllowedException", " and 1 more."):
        pool.call("update_user_pool", UserPoolTier="LITE")


def test_tiers_that_are_no_lower_are_free_to_take(world: World) -> None:
    pool = world.pool(**WATCHED)
    for use in USES.values():
        use(pool)
    pool.call("update_user_pool", **WATCHED)
    configure(pool, UserPoolTier="LITE")
    for each in ("LITE", "ESSENTIALS", "PLUS"):
        pool.call("update_user_pool", UserPoolTier=each)
        assert tier(pool) == each


def test_another_pools_features_do_not_hinder(world: World) -> None:
    for use in USES.values():
        use(world.pool(**WATCHED))
    pool = world.pool(**WATCHED)
    pool.client()
    pool.call("create_user_pool_domain", Domain=new_name("domain"))
    pool.call("update_user_pool", UserPoolTier="LITE")
    assert tier(pool) == "LITE"


def test_the_pools_own_settings_are_refused_as_anywhere(world: World) -> None:
    pool = world.pool(**WATCHED)
    with refused("FeatureUnavailableInTierException", "AdvancedSecurityMode"):
        pool.call("update_user_pool", **{**WATCHED, "UserPoolTier": "ESSENTIALS"})


def test_every_use_belongs_to_a_feature() -> None:
    assert set(tier_changes._USES) <= set(tiers.NEEDED)
