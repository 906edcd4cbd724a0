"""SetRiskConfiguration and DescribeRiskConfiguration, of pools and of clients; the tier."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Dialect

from idp.models import PoolDocument
from kernel.statements import Compiled, Prepared
from tests.idp.user_pools.operations.statements import explained, recorded
from tests.idp.user_pools.operations.watched import (
    ARN,
    BLOCK_COMPROMISED,
    HOME,
    KNOWN_TO_ATTACKERS,
    Watched,
    watch,
)
from tests.idp.user_pools.operations.world import World, new_name, refused


@pytest.fixture(scope="module")
def watched(world: World) -> Watched:
    return watch(world)


def described(watched: Watched, **request: Any) -> dict[str, Any]:
    answer = watched.pool.call("describe_risk_configuration", **request)
    configuration: dict[str, Any] = answer["RiskConfiguration"]
    return configuration


FULL = {
    **BLOCK_COMPROMISED,
    "AccountTakeoverRiskConfiguration": {
        "NotifyConfiguration": {
            "From": "security@example.com",
            "SourceArn": ARN,
            "BlockEmail": {"Subject": "Blocked", "TextBody": "{username} {ip-address}"},
        },
        "Actions": {
            "LowAction": {"Notify": False, "EventAction": "NO_ACTION"},
            "HighAction": {"Notify": True, "EventAction": "BLOCK"},
        },
    },
    "RiskExceptionConfiguration": {
        "BlockedIPRangeList": ["203.0.113.0/24"],
        "SkippedIPRangeList": ["2001:db8::/32"],
    },
}


def test_a_configuration_is_described_as_it_was_set(watched: Watched) -> None:
    answered = watched.configure(**FULL)
    assert answered["LastModifiedDate"].timestamp() == watched.world.time.now
    assert {name: answered[name] for name in FULL} == FULL
    assert answered == described(watched)
    assert "ClientId" not in answered


def test_a_request_without_members_resets(watched: Watched) -> None:
    watched.configure(**FULL)
    watched.configure()
    assert described(watched) == {"UserPoolId": watched.pool.id}


def test_a_client_has_a_configuration_of_its_own_until_it_is_reset(world: World) -> None:
    watched = watch(world)
    block_home = {"RiskExceptionConfiguration": {"BlockedIPRangeList": [f"{HOME}/32"]}}
    watched.configure(**block_home)
    with refused("NotAuthorizedException", "security reasons"):
        watched.sign_in()
    own = watched.configure(ClientId=watched.app.id, **BLOCK_COMPROMISED)
    assert own["ClientId"] == watched.app.id
    assert "RiskExceptionConfiguration" not in described(watched, ClientId=watched.app.id)
    assert watched.sign_in()["AuthenticationResult"]
    watched.configure(ClientId=watched.app.id)
    with refused("NotAuthorizedException", "security reasons"):
        watched.sign_in()


@pytest.mark.parametrize(
    "members",
    [
        {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["300.0.0.0/8"]}},
        {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["10.0.0.1/8"]}},
        {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["10.0.0.0/8"] * 201}},
        {"AccountTakeoverRiskConfiguration": {"Actions": {}}},
        {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "EXPLODE"}}},
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(
    watched: Watched, members: dict[str, Any]
) -> None:
    with refused("InvalidParameterException"):
        watched.configure(**members)


def test_a_configuration_needs_threat_protection_to_be_on(world: World) -> None:
    pool = world.pool()
    for operation in ("set_risk_configuration", "describe_risk_configuration"):
        with refused("UserPoolAddOnNotEnabledException"):
            pool.call(operation)


def test_a_client_of_another_pool_has_none_here(world: World, watched: Watched) -> None:
    other = world.pool().client()
    for operation in ("set_risk_configuration", "describe_risk_configuration"):
        with refused("ResourceNotFoundException"):
            watched.pool.call(operation, ClientId=other.id)


def test_a_pool_of_another_account_is_not_there(world: World, watched: Watched) -> None:
    stranger = world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.describe_risk_configuration(UserPoolId=watched.pool.id)
    with refused("ResourceNotFoundException"):
        stranger.admin_list_user_auth_events(UserPoolId=watched.pool.id, Username="ada")
    stranger.close()


@pytest.mark.parametrize("mode", ["AUDIT", "ENFORCED"])
def test_threat_protection_needs_the_plus_tier(world: World, mode: str) -> None:
    add_ons = {"UserPoolAddOns": {"AdvancedSecurityMode": mode}}
    with refused("FeatureUnavailableInTierException"):
        world.pool(**add_ons)
    with refused("FeatureUnavailableInTierException"):
        world.pool(UserPoolTier="LITE", **add_ons)
    pool = world.pool(UserPoolTier="PLUS", **add_ons)
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool", **add_ons)
    pool.call("update_user_pool", UserPoolTier="PLUS", **add_ons)
    settings = pool.call("describe_user_pool")["UserPool"]
    assert settings["UserPoolAddOns"] == {"AdvancedSecurityMode": mode}


def test_a_pool_without_threat_protection_pays_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a statement more nor an event, though a configuration was left behind."""
    pool = world.pool(UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    name = new_name()
    pool.create_user(name)
    pool.call("set_risk_configuration", **FULL)
    pool.call("update_user_pool", UserPoolTier="PLUS")
    app = pool.client()
    app.sign_in(name)  # from now on the client's settings are in memory
    used: list[str] = []
    on = Prepared.on

    def listening(statement: Prepared, dialect: Dialect) -> Compiled:
        used.append(on(statement, dialect).sql)
        return on(statement, dialect)

    monkeypatch.setattr(Prepared, "on", listening)
    with recorded(world) as statements:
        app.sign_in(name)
        with refused("NotAuthorizedException"):
            app.sign_in(name, KNOWN_TO_ATTACKERS)
        with refused("UserNotFoundException"):
            app.sign_in(new_name())
    used += [text for text, _ in statements]
    assert any("refresh_families" in text for text in used)
    assert not [text for text in used if "auth_events" in text or "pool_documents" in text]


def test_the_history_of_a_user_is_read_by_its_index(watched: Watched) -> None:
    with recorded(watched.world) as statements:
        watched.sign_in()
    [(statement, parameters)] = [each for each in statements if "auth_events" in each[0]]
    assert "ix_auth_events_user_id_created_id" in explained(watched.world, statement, parameters)


def test_a_deleted_client_leaves_no_configuration(watched: Watched) -> None:
    client = watched.pool.client()
    watched.configure(ClientId=client.id, **BLOCK_COMPROMISED)
    watched.pool.call("delete_user_pool_client", ClientId=client.id)
    key = (watched.pool.id, "risk", client.id)
    database = watched.world.kernel.database
    assert database.read(lambda session: session.get(PoolDocument, key)) is None
