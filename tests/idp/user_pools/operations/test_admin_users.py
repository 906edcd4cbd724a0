"""AdminCreateUser and what else administrators do to users."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import (
    Pool,
    World,
    attribute_list,
    mapping,
    new_email,
    new_name,
    refused,
)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


def test_invitation_brings_a_temporary_password_that_works(world: World, pool: Pool) -> None:
    email = new_email()
    made = pool.call(
        "admin_create_user", Username=email, DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=attribute_list({"email_verified": "true"}),
    )["User"]  # fmt: skip
    assert (made["UserStatus"], made["Enabled"]) == ("FORCE_CHANGE_PASSWORD", True)
    assert mapping(made["Attributes"])["email"] == email
    password = world.messages(email)[-1]["code"]
    assert pool.client().sign_in(email, password)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_generated_passwords_differ_and_conform(world: World) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 30, "RequireSymbols": True}}
    pool, passwords = world.email_pool(Policies=policy), set()
    for _ in range(3):
        email = new_email()
        pool.call("admin_create_user", Username=email, DesiredDeliveryMediums=["EMAIL"])
        passwords.add(world.messages(email)[-1]["code"])
    assert len(passwords) == 3
    assert all(len(password) >= 30 for password in passwords)


def test_taken_name_is_refused_in_the_words_of_the_operation(pool: Pool) -> None:
    email = new_email()
    pool.create_user(email)
    with refused("UsernameExistsException", "User account already exists"):
        pool.call("admin_create_user", Username=email, MessageAction="SUPPRESS")


def test_invitation_needs_an_address_of_the_wanted_kind(world: World) -> None:
    pool, name = world.pool(), new_name()
    with refused("InvalidParameterException"):
        pool.call("admin_create_user", Username=name, DesiredDeliveryMediums=["EMAIL"])
    with refused("UserNotFoundException"):
        pool.call("admin_get_user", Username=name)


def test_invitation_is_sent_again_with_another_password(world: World, pool: Pool) -> None:
    email = new_email()
    for action in ({}, {"MessageAction": "RESEND"}):
        pool.call("admin_create_user", Username=email, DesiredDeliveryMediums=["EMAIL"], **action)
    first, second = (message["code"] for message in world.messages(email))
    client = pool.client()
    with refused("NotAuthorizedException"):
        client.sign_in(email, first)
    assert client.sign_in(email, second)["ChallengeName"]
    pool.call("admin_set_user_password", Username=email, Password="My-horse-77", Permanent=True)
    with refused("UnsupportedUserStateException"):
        pool.call("admin_create_user", Username=email, MessageAction="RESEND")
    with refused("UserNotFoundException"):
        pool.call("admin_create_user", Username=new_email(), MessageAction="RESEND")


def test_temporary_password_conforms_to_the_policy(pool: Pool) -> None:
    with refused("InvalidPasswordException"):
        pool.call("admin_create_user", Username=new_email(), TemporaryPassword="short")


def test_user_is_found_by_each_of_his_names(world: World) -> None:
    pool = world.alias_pool()
    name, email = new_name(), new_email()
    sub = pool.create_user(name, email=email, email_verified="true", preferred_username="captain")
    for each in (name, email, sub, "captain"):
        assert pool.call("admin_get_user", Username=each)["Username"] == name
    with refused("UserNotFoundException", "User does not exist."):
        pool.call("admin_get_user", Username=new_name())


def test_sub_of_another_pool_is_unknown(world: World, pool: Pool) -> None:
    email = new_email()
    sub = pool.create_user(email)
    for operation in ("admin_get_user", "admin_delete_user", "admin_disable_user"):
        with refused("UserNotFoundException"):
            world.pool().call(operation, Username=sub)


def test_administrator_changes_and_deletes_attributes(pool: Pool) -> None:
    email = new_email()
    pool.create_user(email, name="Ada", nickname="A")
    pool.call(
        "admin_update_user_attributes", Username=email,
        UserAttributes=attribute_list({"name": "Grace", "nickname": ""}),
    )  # fmt: skip
    assert pool.attributes(email)["name"] == "Grace"
    assert "nickname" not in pool.attributes(email)
    pool.call("admin_delete_user_attributes", Username=email, UserAttributeNames=["name"])
    assert "name" not in pool.attributes(email)


def test_deleted_user_leaves_his_names_to_others(pool: Pool) -> None:
    email = new_email()
    pool.create_user(email)
    pool.call("admin_delete_user", Username=email)
    with refused("UserNotFoundException"):
        pool.call("admin_delete_user", Username=email)
    assert pool.create_user(email)


def test_state_of_a_user_shows(pool: Pool) -> None:
    email = new_email()
    pool.create_user(email)
    pool.call("admin_disable_user", Username=email)
    assert pool.call("admin_get_user", Username=email)["Enabled"] is False
    pool.call("admin_enable_user", Username=email)
    assert pool.call("admin_get_user", Username=email)["Enabled"] is True
