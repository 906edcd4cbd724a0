"""Replicas, which no pool has; tags; versions of the hosted pages; settings that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import World, new_name, refused


def test_pool_has_no_replicas_and_gets_none(world: World) -> None:
    pool = world.pool()
    assert pool.call("list_user_pool_replicas")["UserPoolReplicas"] == []
    with refused("OperationNotEnabledException"):
        pool.call("create_user_pool_replica", RegionName="eu-west-1")
    with refused("FeatureUnavailableInTierException"):
        world.pool(UserPoolTier="LITE").call("create_user_pool_replica", RegionName="eu-west-1")
    with refused("ResourceNotFoundException"):
        pool.call("update_user_pool_replica", RegionName="eu-west-1", Status="ACTIVE")
    with refused("ResourceNotFoundException"):
        pool.call("delete_user_pool_replica", RegionName="eu-west-1")
    with refused("OperationNotEnabledException"):
        pool.call("update_user_pool_replica", RegionName="us-east-1", Status="INACTIVE")
    with refused("OperationNotEnabledException"):
        pool.call("delete_user_pool_replica", RegionName="us-east-1")


@pytest.mark.parametrize(
    "request_",
    [
        {"RegionName": "nowhere"},
        {"RegionName": "us-east-1"},
        {"RegionName": "x"},
        {"RegionName": "eu-west-1", "UserPoolTags": {"aws:x": "y"}},
    ],
)
def test_replica_is_validated_first(world: World, request_: dict[str, Any]) -> None:
    with refused("InvalidParameterException"):
        world.pool().call("create_user_pool_replica", **request_)


def test_replicas_of_a_pool_that_is_not_ours_are_not_found(world: World) -> None:
    pool, stranger = world.pool(), world.client(key="OTHER")
    given = {"UserPoolId": pool.id, "RegionName": "eu-west-1"}
    with refused("ResourceNotFoundException"):
        stranger.list_user_pool_replicas(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        stranger.create_user_pool_replica(**given)
    with refused("ResourceNotFoundException"):
        stranger.delete_user_pool_replica(**given)
    with refused("InvalidParameterException"):
        pool.call("list_user_pool_replicas", NextToken="forged")


@pytest.mark.parametrize("tags", [{"aws:x": "y"}, {"AWS:x": "y"}, {"a\nb": "y"}, {"a": "<b>"}])
def test_tags_that_aws_refuses_are_refused(world: World, tags: dict[str, str]) -> None:
    pool = world.pool(UserPoolTags={"Größe": "a b", "empty": ""})
    arn = pool.call("describe_user_pool")["UserPool"]["Arn"]
    with refused("InvalidParameterException"):
        world.admin.tag_resource(ResourceArn=arn, Tags=tags)
    with refused("InvalidParameterException"):
        world.pool(UserPoolTags=tags)
    found = world.admin.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert found == {"Größe": "a b", "empty": ""}


def test_domain_keeps_its_managed_login_version(world: World) -> None:
    pool, name = world.pool(), new_name()
    made = pool.call("create_user_pool_domain", Domain=name, ManagedLoginVersion=2)
    assert made["ManagedLoginVersion"] == 2
    found = world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert found["ManagedLoginVersion"] == 2
    for wrong in (0, 3):
        with refused("InvalidParameterException", "ManagedLoginVersion"):
            pool.call("update_user_pool_domain", Domain=name, ManagedLoginVersion=wrong)
    pool.call("update_user_pool_domain", Domain=name, ManagedLoginVersion=1)
    found = world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert found["ManagedLoginVersion"] == 1


def test_managed_login_needs_a_tier_beyond_lite(world: World) -> None:
    pool, name = world.pool(UserPoolTier="LITE"), new_name()
    with refused("FeatureUnavailableInTierException"):
        pool.call("create_user_pool_domain", Domain=name, ManagedLoginVersion=2)
    pool.call("create_user_pool_domain", Domain=name)
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool_domain", Domain=name, ManagedLoginVersion=2)


def test_custom_domain_keeps_its_certificate_where_the_version_changes(world: World) -> None:
    pool, name = world.pool(), f"{new_name()}.example.com"
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    pool.call("create_user_pool_domain", Domain=name, CustomDomainConfig=certificate)
    pool.call("update_user_pool_domain", Domain=name, ManagedLoginVersion=2)
    found = world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (found["CustomDomainConfig"], found["ManagedLoginVersion"]) == (certificate, 2)
    prefix = new_name()
    pool.call("create_user_pool_domain", Domain=prefix)
    with refused("InvalidParameterException", "cannot become"):
        pool.call("update_user_pool_domain", Domain=prefix, CustomDomainConfig=certificate)


KEY = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    "settings",
    [
        {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY}},
        {"KeyConfiguration": {"KmsKeyArn": KEY}},
        {"IssuerConfiguration": {"Type": "UPDATED"}},
        {"DcrConfiguration": {"EnableStatus": "Enabled"}},
        {"DcrConfiguration": {"OpenDcrEnabled": True}},
        {"DcrConfiguration": {}},
    ],
)
def test_settings_that_nothing_would_act_on_are_refused(
    world: World, settings: dict[str, Any]
) -> None:
    with refused("InvalidParameterException", "can only have"):
        world.pool(**settings)
    pool = world.pool()
    with refused("InvalidParameterException", "can only have"):
        pool.call("update_user_pool", **settings)
