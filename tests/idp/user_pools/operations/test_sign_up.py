"""SignUp, ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
    mapping,
    new_email,
    new_name,
    refused,
)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


def confirm(client: AppClient, username: str, code: str, **request: object) -> None:
    client.call("confirm_sign_up", Username=username, ConfirmationCode=code, **request)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_person_signs_up_confirms_and_signs_in(world: World, client: AppClient) -> None:
    email = new_email()
    made = client.sign_up(email, name="Ada")
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {
        "Destination": "p***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    with refused("UserNotConfirmedException", "User is not confirmed."):
        client.sign_in(email)
    confirm(client, email, world.code(email))
    assert client.sign_in(email)["AuthenticationResult"]["AccessToken"]
    found = client.pool.call("admin_get_user", Username=email)
    assert found["UserStatus"] == "CONFIRMED"
    assert found["Username"] == made["UserSub"]
    attributes = mapping(found["UserAttributes"])
    assert attributes == {
        "sub": made["UserSub"], "email": email, "email_verified": "true", "name": "Ada",
    }  # fmt: skip


def test_taken_name_is_refused(client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    with refused("UsernameExistsException"):
        client.sign_up(email)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("Sh0rt!", "Password not long enough"),
        ("ALL-UPPER-1", "Password must have lowercase characters"),
        ("all-lower-1", "Password must have uppercase characters"),
        ("No-Digits-x", "Password must have numeric characters"),
        ("NoSymbols1x", "Password must have symbol characters"),
    ],
)
def test_password_policy_complains_as_aws_does(
    client: AppClient, password: str, complaint: str
) -> None:
    message = f"Password did not conform with policy: {complaint}"
    with refused("InvalidPasswordException", message):
        client.sign_up(new_email(), password)


def test_username_must_have_the_form_that_the_pool_asks_for(client: AppClient) -> None:
    with refused("InvalidParameterException", "Username should be an email."):
        client.sign_up("not-an-email")


def test_attribute_outside_of_the_schema_is_refused(client: AppClient) -> None:
    with refused("InvalidParameterException", "Attribute does not exist in the schema"):
        client.sign_up(new_email(), custom__none="x")


def test_nobody_vouches_for_himself(client: AppClient) -> None:
    with refused("NotAuthorizedException"):
        client.sign_up(new_email(), email_verified="true")
    with refused("NotAuthorizedException"):
        client.sign_up(new_email(), sub="x")
    with refused("InvalidParameterException"):
        client.sign_up(new_email(), identities="x")


def test_address_in_the_attributes_is_the_one_that_was_typed(client: AppClient) -> None:
    with refused("InvalidParameterException"):
        client.sign_up(new_email(), email="victim@example.com")


def test_required_attribute_must_be_given(world: World) -> None:
    client = world.email_pool(Schema=[{"Name": "name", "Required": True}]).client()
    with refused("InvalidParameterException", "name: The attribute is required"):
        client.sign_up(new_email())
    client.sign_up(new_email(), name="Ada")


def test_wrong_code_is_refused_and_the_right_one_still_works(
    world: World, client: AppClient
) -> None:
    email = new_email()
    client.sign_up(email)
    code = world.code(email)
    with refused("CodeMismatchException"):
        confirm(client, email, wrong(code))
    confirm(client, email, code)
    with refused("NotAuthorizedException", "Current status is CONFIRMED"):
        confirm(client, email, code)


def test_code_expires_after_a_day(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    code = world.code(email)
    world.time.pass_by(hours=24)
    with refused("ExpiredCodeException"):
        confirm(client, email, code)
    client.call("resend_confirmation_code", Username=email)
    confirm(client, email, world.code(email, of=2))


def test_codes_cannot_be_guessed_for_long(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    code = world.code(email)
    for _ in range(15):
        with refused("CodeMismatchException"):
            confirm(client, email, wrong(code))
    with refused("LimitExceededException"):
        confirm(client, email, code)


def test_new_code_buys_no_new_guesses(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    for _ in range(15):
        with refused("CodeMismatchException"):
            confirm(client, email, wrong(world.code(email)))
    client.call("resend_confirmation_code", Username=email)
    with refused("LimitExceededException"):
        confirm(client, email, world.code(email, of=2))


def test_resent_code_replaces_the_one_before(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    first = world.code(email)
    answer = client.call("resend_confirmation_code", Username=email)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    second = world.code(email, of=2)
    assert first != second
    with refused("CodeMismatchException"):
        confirm(client, email, first)
    confirm(client, email, second)


def test_codes_are_not_sent_without_limit(client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    for _ in range(4):
        client.call("resend_confirmation_code", Username=email)
    with refused("LimitExceededException"):
        client.call("resend_confirmation_code", Username=email)


def test_confirmed_user_gets_no_further_code(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    confirm(client, email, world.code(email))
    with refused("InvalidParameterException", "User is already confirmed."):
        client.call("resend_confirmation_code", Username=email)


def test_code_confirms_one_user_only(world: World, client: AppClient) -> None:
    ada, eve = new_email(), new_email()
    client.sign_up(ada)
    client.sign_up(eve)
    if world.code(ada) != world.code(eve):
        with refused("CodeMismatchException"):
            confirm(client, eve, world.code(ada))


def test_sign_up_code_resets_no_password(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    with refused("ExpiredCodeException"):
        client.call(
            "confirm_forgot_password", Username=email, ConfirmationCode=world.code(email),
            Password="Another-1-password",
        )  # fmt: skip


def test_client_of_another_pool_knows_no_users_of_this_one(world: World, client: AppClient) -> None:
    email = new_email()
    client.sign_up(email)
    other = world.email_pool().client()
    with refused("UserNotFoundException"):
        confirm(other, email, world.code(email))


def test_administrators_alone_make_users_where_the_pool_says_so(world: World) -> None:
    pool = world.email_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        pool.client().sign_up(new_email())


def test_administrator_confirms_without_verifying_the_address(
    pool: Pool, client: AppClient
) -> None:
    email = new_email()
    client.sign_up(email)
    pool.call("admin_confirm_sign_up", Username=email)
    assert pool.attributes(email)["email_verified"] == "false"
    assert client.sign_in(email)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Current status is CONFIRMED"):
        pool.call("admin_confirm_sign_up", Username=email)


def test_case_matters_only_where_the_pool_says_so(world: World) -> None:
    insensitive = world.pool(UsernameConfiguration={"CaseSensitive": False}).client()
    insensitive.sign_up("Straße")
    for same in ("straße", "STRASSE", "ｓｔｒａｓｓｅ"):
        with refused("UsernameExistsException"):
            insensitive.sign_up(same)
    sensitive = world.pool(UsernameConfiguration={"CaseSensitive": True}).client()
    sensitive.sign_up("Ada")
    sensitive.sign_up("ada")


def test_phone_number_gets_its_code_by_sms(world: World) -> None:
    client = world.pool(
        UsernameAttributes=["phone_number"], AutoVerifiedAttributes=["phone_number"]
    ).client()
    made = client.sign_up("+15550100042")
    assert made["CodeDeliveryDetails"]["Destination"] == "+*******0042"
    message = world.messages("+15550100042")[-1]
    assert message["channel"] == "sms"
    confirm(client, "+15550100042", message["code"])


def test_name_that_no_index_takes_is_refused(world: World) -> None:
    client = world.pool().client()
    with refused("InvalidParameterException", "too long"):
        client.sign_up("\ufdfa" * 128)


def test_user_without_an_address_is_confirmed_by_an_administrator(world: World) -> None:
    pool = world.pool()
    client, name = pool.client(), new_name()
    assert "CodeDeliveryDetails" not in client.sign_up(name)
    with refused("InvalidParameterException", "Auto verification not turned on"):
        client.call("resend_confirmation_code", Username=name)
    pool.call("admin_confirm_sign_up", Username=name)
    assert client.sign_in(name)["AuthenticationResult"]
