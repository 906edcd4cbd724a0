"""From signing up to being signed in, and users who have no password."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    begin,
    choosing_pool,
    configure,
    person,
    respond,
)
from tests.idp.user_pools.operations.mfa_world import Person
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    attribute_list,
    new_email,
    refused,
)

EMAIL_AND_TOTP = {"Sms": False, "SoftwareToken": True, "Email": {}}


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return choosing_pool(world, "PASSWORD", "EMAIL_OTP")


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client(ExplicitAuthFlows=FLOWS)


def sign_up(client: AppClient, email: str, **request: Any) -> Any:
    attributes = [{"Name": "email", "Value": email}]
    return client.call("sign_up", Username=email, UserAttributes=attributes, **request)


def confirm(client: AppClient, email: str, **request: Any) -> Any:
    code = client.pool.world.code(email)
    return client.call("confirm_sign_up", Username=email, ConfirmationCode=code, **request)


def confirmed(client: AppClient) -> tuple[str, str]:
    """The address of somebody who has just signed up, and his Session."""
    email = new_email()
    made = sign_up(client, email, Password=PASSWORD)
    return email, confirm(client, email, Session=made["Session"])["Session"]


def test_session_of_a_confirmation_signs_in_once(client: AppClient) -> None:
    email, session = confirmed(client)
    assert begin(client, email, Session=session)["AuthenticationResult"]["IdToken"]
    with refused("NotAuthorizedException", "only be used once"):
        begin(client, email, Session=session)


def test_session_of_a_confirmation_signs_in_once_in_parallel(client: AppClient) -> None:
    email, session = confirmed(client)
    assert at_once(*[lambda: begin(client, email, Session=session)] * 6).count("ok") == 1


def test_session_of_a_confirmation_is_bound_to_user_client_and_time(
    world: World, pool: Pool, client: AppClient
) -> None:
    email, session = confirmed(client)
    for app, username in (
        (client, person(pool)),
        (client, new_email()),
        (pool.client(ExplicitAuthFlows=FLOWS), email),
    ):
        with refused("NotAuthorizedException"):
            begin(app, username, Session=session)
    with refused("NotAuthorizedException"):
        begin(client, email, Session="made-up-made-up-made-up")
    world.time.pass_by(minutes=3.1)
    with refused("NotAuthorizedException", "expired"):
        begin(client, email, Session=session)


def test_session_of_a_confirmation_is_worth_nothing_to_a_disabled_user(
    pool: Pool, client: AppClient
) -> None:
    email, session = confirmed(client)
    pool.call("admin_disable_user", Username=email)
    with refused("NotAuthorizedException", "User is disabled."):
        begin(client, email, Session=session)


@pytest.mark.parametrize("is_signed_out", [True, False])
def test_session_of_a_confirmation_ends_with_the_password_and_with_a_sign_out(
    world: World, pool: Pool, client: AppClient, is_signed_out: bool
) -> None:
    """Whoever recovers his account has got rid of who confirmed it for him."""
    email, session = confirmed(client)
    world.time.pass_by(seconds=1)
    if is_signed_out:
        pool.call("admin_user_global_sign_out", Username=email)
    else:
        other = "Another-horse-8"
        pool.call("admin_set_user_password", Username=email, Password=other, Permanent=True)
    with refused("NotAuthorizedException", "Invalid session"):
        begin(client, email, Session=session)


def test_session_of_a_confirmation_proves_the_address_that_was_confirmed(
    pool: Pool, client: AppClient
) -> None:
    email, session = confirmed(client)
    changed = {"email": new_email(), "email_verified": "true"}
    sub = pool.attributes(email)["sub"]
    pool.call("admin_update_user_attributes", Username=sub, UserAttributes=attribute_list(changed))
    with refused("NotAuthorizedException", "Invalid session"):
        begin(client, changed["email"], Session=session)


def test_session_of_a_confirmation_leads_to_the_set_up_of_another_factor(world: World) -> None:
    """The e-mail address is used up: an authenticator is what is missing."""
    pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    configure(pool, MfaConfiguration="ON", MfaFactors=EMAIL_AND_TOTP)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    email, session = confirmed(client)
    posed = begin(client, email, Session=session)
    assert posed["ChallengeParameters"]["MFAS_CAN_SETUP"] == '["SOFTWARE_TOKEN_MFA"]'
    who = Person(client, email)
    associated = who.associate(Session=posed["Session"])["Session"]
    verified = who.verify(who.code(), Session=associated)["Session"]
    assert who.respond("MFA_SETUP", verified)["AuthenticationResult"]


def test_code_by_email_is_not_followed_by_another_one(world: World) -> None:
    """Nor does it set up another address, which would be a second factor of the same kind."""
    pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    configure(pool, MfaConfiguration="ON", MfaFactors=EMAIL_AND_TOTP)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    email, session = confirmed(client)
    posed = begin(client, email, Session=session)
    with refused("InvalidParameterException", "another factor"):
        respond(client, posed, email, EMAIL=new_email())


def test_session_of_a_sign_up_signs_nobody_in(client: AppClient) -> None:
    email = new_email()
    session = sign_up(client, email, Password=PASSWORD)["Session"]
    confirm(client, email)
    with refused("NotAuthorizedException"):
        begin(client, email, Session=session)


def test_confirmation_refuses_the_session_of_another_sign_up(client: AppClient) -> None:
    first, second = new_email(), new_email()
    session = sign_up(client, first, Password=PASSWORD)["Session"]
    sign_up(client, second, Password=PASSWORD)
    for wrong in (session, "made-up-made-up-made-up"):
        with refused("NotAuthorizedException"):
            confirm(client, second, Session=wrong)
    assert confirm(client, second)["Session"]


def test_sessions_are_for_clients_that_can_use_them(pool: Pool) -> None:
    app, email = pool.client(), new_email()
    assert "Session" not in sign_up(app, email, Password=PASSWORD)
    assert "Session" not in confirm(app, email)


def test_tier_without_choice_hands_out_no_sessions(world: World) -> None:
    pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    app, email = pool.client(ExplicitAuthFlows=FLOWS), new_email()
    configure(pool, UserPoolTier="LITE")
    assert "Session" not in sign_up(app, email, Password=PASSWORD)
    assert "Session" not in confirm(app, email)


def test_tier_that_was_left_in_between_confirms_without_a_session(world: World) -> None:
    pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    app, email = pool.client(ExplicitAuthFlows=FLOWS), new_email()
    session = sign_up(app, email, Password=PASSWORD)["Session"]
    configure(pool, UserPoolTier="LITE")
    assert "Session" not in confirm(app, email, Session=session)
    assert app.tokens(email)


def test_user_without_a_password_signs_up_and_in(world: World, client: AppClient) -> None:
    email = new_email()
    sign_up(client, email)
    confirm(client, email)
    assert begin(client, email)["AvailableChallenges"] == ["EMAIL_OTP"]
    challenge = begin(client, email, "EMAIL_OTP")
    done = respond(client, challenge, email, EMAIL_OTP_CODE=world.code(email, of=2))
    token = done["AuthenticationResult"]["AccessToken"]
    factors = world.public.get_user_auth_factors(AccessToken=token)
    assert factors["ConfiguredUserAuthFactors"] == ["EMAIL_OTP"]
    world.public.change_password(AccessToken=token, ProposedPassword=PASSWORD)
    assert client.tokens(email)
    with refused("InvalidParameterException"):
        world.public.change_password(AccessToken=token, ProposedPassword="Another-horse-8")


def test_no_password_opens_the_account_of_a_user_who_has_none(client: AppClient) -> None:
    email = new_email()
    sign_up(client, email)
    confirm(client, email)
    for password in ("x", "\x01", PASSWORD):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            client.sign_in(email, password)


def test_password_is_required_where_nothing_can_be_sent(world: World, client: AppClient) -> None:
    only_passwords = world.email_pool().client()
    by_sms = choosing_pool(world, "PASSWORD", "SMS_OTP").client(ExplicitAuthFlows=FLOWS)
    strict_pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    configure(strict_pool, MfaConfiguration="ON")
    for app in (only_passwords, by_sms, strict_pool.client()):
        with refused("InvalidParameterException", "Password is required"):
            sign_up(app, new_email())


def test_administrator_makes_a_user_without_a_password(
    world: World, pool: Pool, client: AppClient
) -> None:
    email = new_email()
    attributes = [
        {"Name": "email", "Value": email},
        {"Name": "email_verified", "Value": "true"},
    ]
    made = pool.call("admin_create_user", Username=email, UserAttributes=attributes)["User"]
    assert made["UserStatus"] == "CONFIRMED"
    assert world.messages(email) == []
    challenge = begin(client, email, "EMAIL_OTP")
    assert respond(client, challenge, email, EMAIL_OTP_CODE=world.code(email))[
        "AuthenticationResult"
    ]
    unverified = pool.call("admin_create_user", Username=new_email())["User"]
    assert unverified["UserStatus"] == "FORCE_CHANGE_PASSWORD"
