"""NEW_PASSWORD_REQUIRED: the first sign-in of a user whom an administrator made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    new_email,
    refused,
)

OWN = "My-own-horse-1"


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    schema = [{"Name": "name", "Required": True}, {"Name": "crew", "AttributeDataType": "String"}]
    return world.email_pool(Schema=schema)


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    return invite(pool)


def invite(pool: Pool, **request: Any) -> str:
    address = new_email()
    given = {"TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS", **request}
    pool.call("admin_create_user", Username=address, **given)
    return address


def respond(client: AppClient, email: str, session: str | None, **responses: str) -> Any:
    given = {"USERNAME": email, "NEW_PASSWORD": OWN, "userAttributes.name": "Ada", **responses}
    request = {"Session": session} if session else {}
    return client.call(
        "respond_to_auth_challenge", ChallengeName="NEW_PASSWORD_REQUIRED",
        ChallengeResponses={k: v for k, v in given.items() if v}, **request,
    )  # fmt: skip


def test_invited_user_chooses_a_password_and_completes_himself(
    client: AppClient, email: str
) -> None:
    challenge = client.sign_in(email)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    parameters = challenge["ChallengeParameters"]
    assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.name"]
    assert json.loads(parameters["userAttributes"])["email"] == email
    assert respond(client, email, challenge["Session"])["AuthenticationResult"]
    assert client.sign_in(email, OWN)["AuthenticationResult"]
    found = client.pool.call("admin_get_user", Username=email)
    assert found["UserStatus"] == "CONFIRMED"
    assert client.pool.attributes(email)["name"] == "Ada"


def test_required_attribute_must_be_given(client: AppClient, email: str) -> None:
    session = client.sign_in(email)["Session"]
    with refused("InvalidParameterException", "name is missing"):
        respond(client, email, session, **{"userAttributes.name": ""})
    assert respond(client, email, session)["AuthenticationResult"]


def test_required_attribute_that_is_there_cannot_be_changed(client: AppClient, pool: Pool) -> None:
    email = invite(pool, UserAttributes=[{"Name": "name", "Value": "Given"}])
    session = client.sign_in(email)["Session"]
    with refused("NotAuthorizedException", "Cannot modify an already provided name"):
        respond(client, email, session)


def test_nobody_vouches_for_his_own_address(client: AppClient, email: str) -> None:
    session = client.sign_in(email)["Session"]
    with refused("NotAuthorizedException"):
        respond(client, email, session, **{"userAttributes.email_verified": "true"})


def test_new_password_conforms_to_the_policy(client: AppClient, email: str) -> None:
    session = client.sign_in(email)["Session"]
    with refused("InvalidPasswordException"):
        respond(client, email, session, NEW_PASSWORD="short")
    assert respond(client, email, session)["AuthenticationResult"]


def test_session_works_once(client: AppClient, email: str) -> None:
    session = client.sign_in(email)["Session"]
    respond(client, email, session)
    with refused("NotAuthorizedException", "Invalid session"):
        respond(client, email, session)


def test_session_expires(world: World, client: AppClient, email: str) -> None:
    session = client.sign_in(email)["Session"]
    world.time.pass_by(minutes=3)
    with refused("NotAuthorizedException", "session is expired"):
        respond(client, email, session)


def test_session_is_bound_to_client_user_and_challenge(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    session = client.sign_in(email)["Session"]
    with refused("NotAuthorizedException", "Invalid session"):
        respond(pool.client(), email, session)
    with refused("NotAuthorizedException", "Invalid session"):
        respond(world.email_pool().client(), email, session)
    with refused("NotAuthorizedException", "Invalid session"):
        respond(client, invite(pool), session)
    with refused("NotAuthorizedException", "Invalid session"):
        client.call(
            "respond_to_auth_challenge", ChallengeName="SMS_MFA", Session=session,
            ChallengeResponses={"USERNAME": email, "SMS_MFA_CODE": "123456"},
        )  # fmt: skip
    with refused("InvalidParameterException", "Session"):
        respond(client, email, None)
    refresh = client.tokens(_with_password(pool))["RefreshToken"]
    with refused("NotAuthorizedException", "Invalid session"):
        respond(client, email, refresh)


def _with_password(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, name="x")
    return address


def test_user_who_was_disabled_meanwhile_sets_no_password(
    pool: Pool, client: AppClient, email: str
) -> None:
    session = client.sign_in(email)["Session"]
    pool.call("admin_disable_user", Username=email)
    with refused("NotAuthorizedException", "User is disabled."):
        respond(client, email, session)
    pool.call("admin_enable_user", Username=email)
    assert client.sign_in(email)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_temporary_password_expires(world: World) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 2}}
    pool = world.email_pool(Policies=policy)
    email, client = invite(pool), pool.client()
    world.time.pass_days(2)
    with refused("NotAuthorizedException", "Temporary password has expired"):
        client.sign_in(email)
    pool.call(
        "admin_create_user", Username=email, MessageAction="RESEND", TemporaryPassword=OWN,
        DesiredDeliveryMediums=["EMAIL"],
    )  # fmt: skip
    assert client.sign_in(email, OWN)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_earlier_passwords_are_remembered_beyond_a_temporary_one(world: World) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}
    pool = world.email_pool(Policies=policy)
    client, email = pool.client(), new_email()
    pool.create_user(email, password=OWN)
    pool.call("admin_set_user_password", Username=email, Password=PASSWORD, Permanent=False)
    session = client.sign_in(email)["Session"]
    for old in (OWN, PASSWORD):
        with refused("PasswordHistoryPolicyViolationException"):
            respond(client, email, session, NEW_PASSWORD=old)
    respond(client, email, session, NEW_PASSWORD="Third-horse-9x")
    with refused("PasswordHistoryPolicyViolationException"):
        pool.call("admin_set_user_password", Username=email, Password=OWN, Permanent=True)


def test_administrators_answer_for_the_user(pool: Pool, client: AppClient, email: str) -> None:
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD}
    challenge = pool.call(
        "admin_initiate_auth", ClientId=client.id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )  # fmt: skip
    answer = pool.call(
        "admin_respond_to_auth_challenge", ClientId=client.id, Session=challenge["Session"],
        ChallengeName="NEW_PASSWORD_REQUIRED",
        ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": OWN, "userAttributes.name": "A"},
    )  # fmt: skip
    assert answer["AuthenticationResult"]
