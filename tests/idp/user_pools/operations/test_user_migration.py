"""UserMigration with real functions: who comes over, who does not, and what nobody may learn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    Pool,
    World,
    at_once,
    new_email,
    new_name,
    refused,
)

# The old directory has everybody, with one password.
OLD = f"""
if event['triggerSource'] == 'UserMigration_Authentication':
    if event['request']['password'] != {PASSWORD!r}:
        raise Exception('Bad password')
event['response'].update(
    userAttributes={{'email': event['userName'], 'email_verified': 'true', 'name': 'Ada'}},
    messageAction='SUPPRESS')
"""
HIDDEN = {"PreventUserExistenceErrors": "ENABLED"}


def migrating(world: World, body: str = OLD, **pool: Any) -> Pool:
    function = world.function(f"migrate{abs(hash(body))}", body)
    return world.email_pool(**{"LambdaConfig": {"UserMigration": function}, **pool})


def test_right_password_brings_the_user_over(world: World) -> None:
    pool, email = migrating(world), new_email()
    client = pool.client()
    assert client.sign_in(email)["AuthenticationResult"]["AccessToken"]
    user = pool.call("admin_get_user", Username=email)
    assert user["UserStatus"] == "CONFIRMED"
    assert pool.attributes(email)["email_verified"] == "true"
    assert pool.attributes(email)["name"] == "Ada"
    assert world.messages(email) == []
    # From now on his password is here, and the function has no say.
    pool.call("update_user_pool", LambdaConfig={})
    assert client.sign_in(email)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        client.sign_in(email, "Wrong-horse-9")


def test_event_has_the_form_of_aws(world: World) -> None:
    pool = migrating(
        world,
        "assert event['request'] == {'password': 'Correct-horse-7', 'clientMetadata': {},\n"
        "    'validationData': {'from': 'web'}}, event\n"
        "assert set(event['response']) == {'userAttributes', 'finalUserStatus', 'messageAction',\n"
        "    'desiredDeliveryMediums', 'forceAliasCreation', 'enableSMSMFA'}\n" + OLD,
    )
    assert pool.client().sign_in(new_email(), ClientMetadata={"from": "web"})


def test_administrators_password_flow_migrates_too(world: World) -> None:
    pool, email = migrating(world), new_email()
    answer = pool.call(
        "admin_initiate_auth", ClientId=pool.client().id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )  # fmt: skip
    assert answer["AuthenticationResult"]


def test_wrong_password_brings_nobody_over(world: World) -> None:
    pool, email = migrating(world), new_email()
    with refused("UserNotFoundException", "User does not exist."):
        pool.client().sign_in(email, "Wrong-horse-9")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.client(**HIDDEN).sign_in(email, "Wrong-horse-9")
    with refused("UserNotFoundException"):
        pool.call("admin_get_user", Username=email)


def test_guesses_at_the_old_password_lock_the_name_out(world: World) -> None:
    pool, email = migrating(world), new_email()
    client = pool.client(**HIDDEN)
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect"):
            client.sign_in(email, "Wrong-horse-9")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in(email)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "event['response']['userAttributes'] = {}",
        "event['response']['userAttributes'] = {'name': 7}",
        "event['response']['userAttributes'] = {'sub': 'x', 'name': 'Ada'}",
        "event['response']['userAttributes'] = {'no_such_attribute': 'x'}",
        OLD + "event['response']['finalUserStatus'] = 'ARCHIVED'",
        OLD + "event['response']['messageAction'] = 'SHOUT'",
        OLD + "event['response']['desiredDeliveryMediums'] = ['PIGEON']",
        OLD + "event['response']['forceAliasCreation'] = 'yes'",
        OLD + "event['response']['enableSMSMFA'] = True",
        "return 7",
    ],
)
def test_malformed_answers_bring_nobody_over(world: World, body: str) -> None:
    pool, email = migrating(world, body), new_email()
    with refused("InvalidLambdaResponseException"):
        pool.client().sign_in(email)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.client(**HIDDEN).sign_in(email)
    with refused("UserNotFoundException"):
        pool.call("admin_get_user", Username=email)


def test_missing_function_does_not_tell_who_is_here(world: World) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:missing"
    pool, email = world.email_pool(LambdaConfig={"UserMigration": arn}), new_email()
    pool.create_user(email)
    client = pool.client(**HIDDEN)
    for name in (email, new_email()):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            client.sign_in(name, "Wrong-horse-9")
    with refused("UnexpectedLambdaException"):
        pool.client().sign_in(new_email())


def test_status_may_demand_a_new_password(world: World) -> None:
    body = OLD + "event['response']['finalUserStatus'] = 'RESET_REQUIRED'"
    pool, email = migrating(world, body), new_email()
    client = pool.client()
    for _ in range(2):
        with refused("PasswordResetRequiredException"):
            client.sign_in(email)
    client.call("forgot_password", Username=email)
    client.call(
        "confirm_forgot_password", Username=email, Password="Another-horse-8",
        ConfirmationCode=world.code(email),
    )  # fmt: skip
    assert client.sign_in(email, "Another-horse-8")["AuthenticationResult"]


def test_welcome_holds_no_password(world: World) -> None:
    body = OLD + "event['response'].update(messageAction=None, desiredDeliveryMediums=['EMAIL'])"
    pool, email = migrating(world, body), new_email()
    pool.client().sign_in(email)
    world.code(email, of=1)
    (message,) = world.messages(email)
    assert message["subject"] == "Welcome"
    assert pool.attributes(email)["sub"] in message["body"]
    assert PASSWORD not in str(message)


def test_alias_is_not_the_username(world: World) -> None:
    name = new_name()
    body = (
        OLD + f"event['response']['userAttributes']['username'] = {name!r}\n"
        "event['response']['forceAliasCreation'] = True"
    )
    function = world.function("migrate_alias", body)
    pool, email = world.alias_pool(LambdaConfig={"UserMigration": function}), new_email()
    former = pool.create_user(new_name(), email=email, email_verified="true")
    with refused("NotAuthorizedException"):
        pool.client().sign_in(email, "Wrong-horse-9")
    pool.call("admin_delete_user", Username=former)
    assert pool.client().sign_in(email)["AuthenticationResult"]
    assert pool.call("admin_get_user", Username=email)["Username"] == name


def test_parallel_first_sign_ins_make_one_user(world: World) -> None:
    pool, email = migrating(world), new_email()
    client = pool.client()
    assert at_once(*[lambda: client.sign_in(email)] * 4) == ["ok"] * 4
    assert len(pool.call("list_users")["Users"]) == 1


def test_srp_cannot_migrate(world: World) -> None:
    """There is no password to give to the function."""
    pool = migrating(world)
    answer = pool.client().call(
        "initiate_auth", AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": new_email(), "SRP_A": "ab" * 64},
    )  # fmt: skip
    assert answer["ChallengeName"] == "PASSWORD_VERIFIER"
    assert pool.call("list_users")["Users"] == []


def test_forgotten_password_brings_the_user_over(world: World) -> None:
    tell = (
        "assert event['triggerSource'] == 'UserMigration_ForgotPassword'\n"
        "assert event['request'] == {'validationData': {}, 'clientMetadata': {'from': 'web'}}\n"
    )
    pool, email = migrating(world, tell + OLD), new_email()
    client = pool.client(**HIDDEN)
    client.call("forgot_password", Username=email, ClientMetadata={"from": "web"})
    assert pool.call("admin_get_user", Username=email)["UserStatus"] == "RESET_REQUIRED"
    client.call(
        "confirm_forgot_password", Username=email, Password="Another-horse-8",
        ConfirmationCode=world.code(email, of=1),
    )  # fmt: skip
    assert client.sign_in(email, "Another-horse-8")["AuthenticationResult"]


def test_forgotten_password_of_nobody_looks_like_that_of_somebody(world: World) -> None:
    pool = migrating(world, "raise Exception('Nobody')")
    name = new_email()
    answer = pool.client(**HIDDEN).call("forgot_password", Username=name)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    with refused("UserLambdaValidationException", "UserMigration failed with error Nobody."):
        pool.client().call("forgot_password", Username=name)
    assert pool.call("list_users")["Users"] == []
