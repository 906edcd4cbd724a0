"""What operations answer for things that do not exist, one by one, and that nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import Pool, World, refused

ARN = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Nowhere00"
ATTRIBUTES = ["custom:colour"]


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.pool()


@pytest.mark.parametrize(
    ("operation", "request_members"),
    [
        ("admin_delete_user_attributes", {"UserAttributeNames": ATTRIBUTES}),
        ("admin_enable_user", {}),
        ("admin_list_groups_for_user", {}),
        ("admin_user_global_sign_out", {}),
    ],
)
def test_operation_on_a_missing_user_is_refused(
    pool: Pool, operation: str, request_members: dict[str, Any]
) -> None:
    with refused("UserNotFoundException", "User does not exist."):
        pool.call(operation, Username="nobody", **request_members)


@pytest.mark.parametrize("operation", ["delete_group", "update_group", "list_users_in_group"])
def test_operation_on_a_missing_group_is_refused(pool: Pool, operation: str) -> None:
    with refused("ResourceNotFoundException", "Group not found."):
        pool.call(operation, GroupName="nothing")


def test_missing_group_cannot_lose_a_member(pool: Pool) -> None:
    pool.create_user("anna")
    with refused("ResourceNotFoundException", "Group not found."):
        pool.call("admin_remove_user_from_group", Username="anna", GroupName="nothing")


@pytest.mark.parametrize(
    ("operation", "request_members"),
    [
        ("delete_resource_server", {}),
        ("update_resource_server", {"Name": "renamed"}),
    ],
)
def test_operation_on_a_missing_resource_server_is_refused(
    pool: Pool, operation: str, request_members: dict[str, Any]
) -> None:
    with refused("ResourceNotFoundException"):
        pool.call(operation, Identifier="urn:nothing", **request_members)


@pytest.mark.parametrize("operation", ["update_user_pool_client", "list_user_pool_client_secrets"])
def test_operation_on_a_missing_client_is_refused(pool: Pool, operation: str) -> None:
    with refused("ResourceNotFoundException"):
        pool.call(operation, ClientId="nothing")


def test_client_of_another_pool_cannot_be_changed(world: World, pool: Pool) -> None:
    client = world.pool().client()
    with refused("ResourceNotFoundException"):
        pool.call("update_user_pool_client", ClientId=client.id, ClientName="taken over")
    described = client.pool.call("describe_user_pool_client", ClientId=client.id)
    assert described["UserPoolClient"]["ClientName"] == "app"


def test_challenge_of_an_administrator_needs_a_client_of_the_pool(world: World, pool: Pool) -> None:
    client = world.pool().client()
    with refused("ResourceNotFoundException"):
        pool.call(
            "admin_respond_to_auth_challenge",
            ClientId=client.id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session="x" * 40,
            ChallengeResponses={"USERNAME": "anna", "NEW_PASSWORD": "Battery-staple-8"},
        )


@pytest.mark.parametrize(
    ("operation", "request_members"),
    [("tag_resource", {"Tags": {"team": "red"}}), ("untag_resource", {"TagKeys": ["team"]})],
)
def test_missing_pool_has_no_tags(
    world: World, operation: str, request_members: dict[str, Any]
) -> None:
    with refused("ResourceNotFoundException"):
        getattr(world.admin, operation)(ResourceArn=ARN, **request_members)


def test_domain_of_a_pool_is_changed_by_its_owner_alone(world: World, pool: Pool) -> None:
    """Its kind stays: a prefix has no certificate."""
    name, certificate = (
        f"p{pool.id[-9:].lower()}",
        "arn:aws:acm:us-east-1:000000000000:certificate/x",
    )
    pool.call("create_user_pool_domain", Domain=name)
    changed = pool.call("update_user_pool_domain", Domain=name, ManagedLoginVersion=1)
    assert changed["ManagedLoginVersion"] == 1
    with refused("InvalidParameterException"):
        pool.call(
            "update_user_pool_domain",
            Domain=name,
            CustomDomainConfig={"CertificateArn": certificate},
        )
    with refused("ResourceNotFoundException"):
        world.pool().call("update_user_pool_domain", Domain=name, ManagedLoginVersion=1)
    described = world.admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert described["UserPoolId"] == pool.id
    assert "CustomDomainConfig" not in described


def test_domain_with_a_malformed_name_cannot_be_described(world: World) -> None:
    with refused("InvalidParameterException"):
        world.admin.describe_user_pool_domain(Domain="")


def test_missing_pool_has_no_identity_providers(world: World) -> None:
    with refused("ResourceNotFoundException"):
        world.admin.list_identity_providers(UserPoolId="us-east-1_Nowhere00")
