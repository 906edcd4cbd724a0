"""CreateUserPool, DescribeUserPool, ListUserPools, UpdateUserPool, DeleteUserPool, schema, tags."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import World, refused


def described(world: World, pool_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.admin.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return found


def test_new_pool_has_the_documented_defaults(world: World) -> None:
    pool = described(world, world.pool(PoolName="lighthouse").id)
    assert pool["Name"] == "lighthouse"
    assert pool["Id"].startswith("us-east-1_")
    assert pool["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool['Id']}"
    assert pool["MfaConfiguration"] == "OFF"
    assert pool["DeletionProtection"] == "INACTIVE"
    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert pool["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}
    assert pool["UsernameConfiguration"] == {"CaseSensitive": True}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 7
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert pool["EstimatedNumberOfUsers"] == 0
    assert {"sub", "email", "phone_number", "updated_at"} <= {
        attribute["Name"] for attribute in pool["SchemaAttributes"]
    }


def test_pool_belongs_to_its_account_and_region(world: World) -> None:
    pool = world.pool()
    for foreign in (world.client(region="eu-west-1"), world.client(key="OTHER")):
        with refused("ResourceNotFoundException"):
            foreign.describe_user_pool(UserPoolId=pool.id)
        with refused("ResourceNotFoundException"):
            foreign.admin_get_user(UserPoolId=pool.id, Username="x")
        assert foreign.list_user_pools(MaxResults=60)["UserPools"] == []
        foreign.close()


def test_pools_are_listed_in_pages(world: World) -> None:
    made = {world.pool().id for _ in range(3)}
    seen, token = [], {}
    while True:
        page = world.admin.list_user_pools(MaxResults=2, **token)
        seen += [pool["Id"] for pool in page["UserPools"]]
        assert len(page["UserPools"]) <= 2
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_update_resets_what_is_left_out(world: World) -> None:
    pool = world.email_pool(
        Policies={"PasswordPolicy": {"MinimumLength": 20}},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        UserPoolTags={"team": "sea"},
    )
    world.admin.update_user_pool(UserPoolId=pool.id, PoolName="renamed")
    found = described(world, pool.id)
    assert found["Name"] == "renamed"
    assert found["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert found["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert "AccountRecoverySetting" not in found
    assert "AutoVerifiedAttributes" not in found
    assert found.get("UserPoolTags", {}) == {}
    assert found["UsernameAttributes"] == ["email"], "fixed when the pool was made"


def test_protected_pool_cannot_be_deleted(world: World) -> None:
    pool = world.pool(DeletionProtection="ACTIVE")
    with refused("InvalidParameterException", "deletion protection"):
        world.admin.delete_user_pool(UserPoolId=pool.id)
    world.admin.update_user_pool(UserPoolId=pool.id, DeletionProtection="INACTIVE")
    world.admin.delete_user_pool(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        world.admin.describe_user_pool(UserPoolId=pool.id)


def test_pool_with_a_domain_cannot_be_deleted(world: World) -> None:
    pool = world.pool()
    pool.call("create_user_pool_domain", Domain="keeps-its-pool")
    with refused("InvalidParameterException", "domain"):
        world.admin.delete_user_pool(UserPoolId=pool.id)


def test_access_token_of_a_deleted_pool_is_refused(world: World) -> None:
    pool = world.email_pool()
    client = pool.client()
    pool.create_user("ada@example.com")
    tokens = client.tokens("ada@example.com")
    world.admin.delete_user_pool(UserPoolId=pool.id)
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=tokens["AccessToken"])
    with refused("ResourceNotFoundException"):
        client.refresh(tokens["RefreshToken"])


def test_username_and_alias_attributes_exclude_each_other(world: World) -> None:
    with refused("InvalidParameterException"):
        world.pool(UsernameAttributes=["email"], AliasAttributes=["email"])


@pytest.mark.parametrize(
    "setting",
    [
        {"VerificationMessageTemplate": {"EmailMessageByLink": "No words: {####}"}},
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
        {"DcrConfiguration": {"EnableStatus": "Enabled"}},
        {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:x"}},
    ],
    ids=str,
)
def test_setting_that_nothing_would_act_on_is_refused(
    world: World, setting: dict[str, Any]
) -> None:
    with refused("InvalidParameterException"):
        world.pool(**setting)
    pool = world.pool()
    with refused("InvalidParameterException"):
        world.admin.update_user_pool(UserPoolId=pool.id, **setting)


def test_recovery_by_administrators_alone_excludes_other_ways(world: World) -> None:
    mechanisms = [{"Name": "admin_only", "Priority": 1}, {"Name": "verified_email", "Priority": 2}]
    with refused("InvalidParameterException", "admin_only"):
        world.pool(AccountRecoverySetting={"RecoveryMechanisms": mechanisms})


def test_custom_attributes_are_added_under_their_prefix(world: World) -> None:
    pool = world.pool(Schema=[{"Name": "crew", "AttributeDataType": "String", "Mutable": False}])
    pool.call(
        "add_custom_attributes",
        CustomAttributes=[
            {
                "Name": "age",
                "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "18", "MaxValue": "120"},
            }
        ],
    )
    schema = {each["Name"]: each for each in described(world, pool.id)["SchemaAttributes"]}
    assert schema["custom:crew"]["Mutable"] is False
    assert schema["custom:age"]["NumberAttributeConstraints"]["MaxValue"] == "120"
    with refused("InvalidParameterException"):
        pool.call("add_custom_attributes", CustomAttributes=[{"Name": "age"}])


def test_custom_attributes_cannot_be_required(world: World) -> None:
    with refused("InvalidParameterException", "Required custom attributes are not supported"):
        world.pool(Schema=[{"Name": "crew", "AttributeDataType": "String", "Required": True}])


def test_tags_are_added_listed_and_removed(world: World) -> None:
    pool = world.pool(UserPoolTags={"team": "sea"})
    arn = described(world, pool.id)["Arn"]
    world.admin.tag_resource(ResourceArn=arn, Tags={"stage": "test"})
    tags = world.admin.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == {"team": "sea", "stage": "test"}
    world.admin.untag_resource(ResourceArn=arn, TagKeys=["team", "none"])
    assert world.admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"stage": "test"}
    with refused("ResourceNotFoundException"):
        world.admin.list_tags_for_resource(ResourceArn=arn.replace("us-east-1:", "eu-west-1:"))
