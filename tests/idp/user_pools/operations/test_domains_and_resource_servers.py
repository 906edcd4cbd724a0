"""Domains of the hosted pages, and resource servers with their scopes."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import World, new_name, refused


def test_domain_is_created_described_and_deleted(world: World) -> None:
    pool, name = world.pool(), new_name()
    pool.call("create_user_pool_domain", Domain=name)
    found = world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (found["UserPoolId"], found["Domain"], found["Status"]) == (pool.id, name, "ACTIVE")
    assert world.admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Domain"] == name
    pool.call("delete_user_pool_domain", Domain=name)
    assert world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}


def test_domain_belongs_to_one_pool(world: World) -> None:
    pool, other, name = world.pool(), world.pool(), new_name()
    pool.call("create_user_pool_domain", Domain=name)
    with refused("InvalidParameterException", "already associated"):
        other.call("create_user_pool_domain", Domain=name)
    with refused("InvalidParameterException", "already has"):
        pool.call("create_user_pool_domain", Domain=new_name())
    with refused("ResourceNotFoundException"):
        other.call("delete_user_pool_domain", Domain=name)


@pytest.mark.parametrize("domain", ["-x", "my-aws-login", "cognito", "x" * 64, "a.b", "UPPER"])
def test_domain_that_is_no_prefix_is_refused(world: World, domain: str) -> None:
    with refused("InvalidParameterException"):
        world.pool().call("create_user_pool_domain", Domain=domain)


def test_custom_domain_needs_a_host_name(world: World) -> None:
    pool = world.pool()
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    with refused("InvalidParameterException"):
        pool.call("create_user_pool_domain", Domain="word", CustomDomainConfig=certificate)


def test_custom_domain_may_stand_beside_a_prefix(world: World) -> None:
    pool, name = world.pool(), new_name()
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    pool.call("create_user_pool_domain", Domain=name)
    custom = f"{name}.example.com"
    pool.call("create_user_pool_domain", Domain=custom, CustomDomainConfig=certificate)
    described = pool.call("describe_user_pool")["UserPool"]
    assert (described["Domain"], described["CustomDomain"]) == (name, custom)


def test_resource_server_is_created_changed_listed_and_deleted(world: World) -> None:
    pool = world.pool()
    read = {"ScopeName": "read", "ScopeDescription": "Read"}
    made = pool.call("create_resource_server", Identifier="https://api", Name="API", Scopes=[read])[
        "ResourceServer"
    ]
    assert made["Scopes"] == [read]
    pool.call("update_resource_server", Identifier="https://api", Name="Changed")
    found = pool.call("describe_resource_server", Identifier="https://api")["ResourceServer"]
    assert (found["Name"], found["Scopes"]) == ("Changed", [])
    pool.call("create_resource_server", Identifier="other", Name="Other")
    first = pool.call("list_resource_servers", MaxResults=1)
    second = pool.call("list_resource_servers", MaxResults=1, NextToken=first["NextToken"])
    listed = first["ResourceServers"] + second["ResourceServers"]
    assert {each["Identifier"] for each in listed} == {"https://api", "other"}
    pool.call("delete_resource_server", Identifier="other")
    with refused("ResourceNotFoundException"):
        pool.call("describe_resource_server", Identifier="other")


def test_second_resource_server_of_an_identifier_is_refused(world: World) -> None:
    pool = world.pool()
    pool.call("create_resource_server", Identifier="api", Name="API")
    with refused("InvalidParameterException", "already exists"):
        pool.call("create_resource_server", Identifier="api", Name="API")


def test_scope_names_are_unique(world: World) -> None:
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    with refused("InvalidParameterException"):
        world.pool().call(
            "create_resource_server", Identifier="api", Name="API", Scopes=[scope, scope]
        )


def test_client_may_have_a_scope_that_a_resource_server_defines(world: World) -> None:
    pool = world.pool()
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    pool.call("create_resource_server", Identifier="api", Name="API", Scopes=[scope])
    pool.client(
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/read"],
    )
