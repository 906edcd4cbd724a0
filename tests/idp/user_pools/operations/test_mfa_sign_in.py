"""Signing in with a second factor: which one is asked for, and how it is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from idp.models import RefreshFamily
from tests.idp.user_pools.operations.mfa_world import (
    EMAIL,
    SMS,
    SMS_FACTOR,
    TOTP,
    Person,
    mfa_pool,
    person,
    set_mfa,
    with_phone,
)
from tests.idp.user_pools.operations.statements import recorded
from tests.idp.user_pools.operations.world import World, attribute_list, new_email, refused

ON: dict[str, Any] = {"Enabled": True}
PREFERRED: dict[str, Any] = {"Enabled": True, "PreferredMfa": True}


def is_signed_in(answer: Any) -> bool:
    return "AccessToken" in answer.get("AuthenticationResult", {})


def prefer(who: Person, **settings: Any) -> None:
    who.client.pool.call("admin_set_user_mfa_preference", Username=who.username, **settings)


def test_pool_without_mfa_asks_nobody(world: World) -> None:
    assert is_signed_in(with_phone(world.pool(**SMS)).begin())


def test_optional_mfa_asks_who_turned_it_on(world: World) -> None:
    pool = mfa_pool(world, "OPTIONAL", SMS_FACTOR)
    ada = with_phone(pool)
    assert is_signed_in(ada.begin())
    prefer(ada, SMSMfaSettings=ON)
    assert ada.begin()["ChallengeName"] == "SMS_MFA"


def test_sms_code_signs_in(world: World) -> None:
    message = "Lighthouse says {####}."
    ada = with_phone(world.pool(MfaConfiguration="ON", SmsAuthenticationMessage=message, **SMS))
    posed = ada.begin()
    phone = ada.client.pool.attributes(ada.username)["phone_number"]
    assert posed["ChallengeName"] == "SMS_MFA"
    assert posed["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": f"+*******{phone[-4:]}",
        "USER_ID_FOR_SRP": ada.username,
    }
    (sent,) = world.messages(phone)
    assert sent["body"] == f"Lighthouse says {sent['code']}."
    assert is_signed_in(ada.answer(posed, sent["code"]))


def test_email_code_signs_in(world: World) -> None:
    email = new_email()
    ada = person(mfa_pool(world, "ON", EMAIL), email=email, email_verified="true")
    posed = ada.begin()
    assert posed["ChallengeName"] == "EMAIL_OTP"
    assert posed["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    (sent,) = world.messages(email)
    assert (sent["subject"], sent["body"]) == ("Your mail code", f"Mail code {sent['code']}")
    assert is_signed_in(ada.answer(posed, sent["code"]))


def test_authenticator_signs_in(world: World) -> None:
    ada = person(mfa_pool(world, "OPTIONAL", TOTP))
    ada.enrol(ada.tokens()["AccessToken"], "my phone")
    posed = ada.begin()
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert posed["ChallengeParameters"] == {
        "FRIENDLY_DEVICE_NAME": "my phone",
        "USER_ID_FOR_SRP": ada.username,
    }
    assert is_signed_in(ada.answer(posed, ada.next_code()))


@pytest.mark.parametrize("steps_off", [-1, 1])
def test_authenticator_may_be_half_a_minute_off(world: World, steps_off: int) -> None:
    ada = person(mfa_pool(world, "OPTIONAL", TOTP))
    ada.enrol(ada.tokens()["AccessToken"])
    world.time.pass_by(minutes=2)
    assert is_signed_in(ada.answer(ada.begin(), ada.code(steps_off)))


def test_javascript_client_sends_sms_mfa_code_with_everything(world: World) -> None:
    ada = person(mfa_pool(world, "OPTIONAL", TOTP))
    ada.enrol(ada.tokens()["AccessToken"])
    session, code = ada.begin()["Session"], ada.next_code()
    both = {"SMS_MFA_CODE": code, "SOFTWARE_TOKEN_MFA_CODE": code}
    assert is_signed_in(ada.respond("SOFTWARE_TOKEN_MFA", session, **both))


def test_administrators_server_answers_too(world: World) -> None:
    ada = with_phone(mfa_pool(world, "ON", SMS_FACTOR))
    pool = ada.client.pool
    posed = pool.call(
        "admin_initiate_auth",
        ClientId=ada.client.id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": ada.username, "PASSWORD": ada.password},
    )
    code = world.code(pool.attributes(ada.username)["phone_number"])
    answer = pool.call(
        "admin_respond_to_auth_challenge",
        ClientId=ada.client.id,
        ChallengeName="SMS_MFA",
        Session=posed["Session"],
        ChallengeResponses={"USERNAME": ada.username, "SMS_MFA_CODE": code},
    )
    assert is_signed_in(answer)


def test_client_with_a_secret_hashes_its_answers(world: World) -> None:
    pool = mfa_pool(world, "ON", SMS_FACTOR)
    ada = with_phone(pool, pool.client(GenerateSecret=True))
    posed = ada.begin()
    code = world.code(pool.attributes(ada.username)["phone_number"])
    with refused("NotAuthorizedException"):
        ada.client.call(
            "respond_to_auth_challenge",
            ChallengeName="SMS_MFA",
            Session=posed["Session"],
            ChallengeResponses={"USERNAME": ada.username, "SMS_MFA_CODE": code},
        )
    assert is_signed_in(ada.answer(posed, code))


def test_required_mfa_asks_a_phone_that_was_not_turned_on(world: World) -> None:
    """AWS sends to an unverified number, too."""
    ada = person(mfa_pool(world, "ON", SMS_FACTOR, TOTP), phone_number="+15550007777")
    assert ada.begin()["ChallengeName"] == "SMS_MFA"


def test_right_code_verifies_the_address(world: World) -> None:
    """Developer guide, "SMS and email message MFA"."""
    ada = person(mfa_pool(world, "ON", EMAIL), email=new_email())
    pool = ada.client.pool
    assert pool.attributes(ada.username).get("email_verified") != "true"
    posed = ada.begin()
    assert is_signed_in(ada.answer(posed, world.code(pool.attributes(ada.username)["email"])))
    assert pool.attributes(ada.username)["email_verified"] == "true"


def test_right_code_does_not_take_an_alias_from_its_owner(world: World) -> None:
    email = new_email()
    pool = mfa_pool(world, "ON", EMAIL, AliasAttributes=["email"])
    owner = person(pool, email=email, email_verified="true")
    ada = person(pool, email=email)
    assert is_signed_in(ada.answer(ada.begin(), world.code(email)))
    assert pool.attributes(ada.username).get("email_verified") != "true"
    assert pool.attributes(email)["sub"] == pool.attributes(owner.username)["sub"]


def test_code_to_an_unverified_address_that_changed_is_worth_nothing(world: World) -> None:
    email = new_email()
    ada = person(mfa_pool(world, "ON", EMAIL), email=email)
    posed = ada.begin()
    ada.client.pool.call(
        "admin_update_user_attributes",
        Username=ada.username,
        UserAttributes=attribute_list({"email": new_email()}),
    )
    with refused("NotAuthorizedException", "Invalid session"):
        ada.answer(posed, world.code(email))


def test_user_with_several_factors_chooses(world: World) -> None:
    ada = with_phone(
        mfa_pool(world, "ON", SMS_FACTOR, EMAIL), email=new_email(), email_verified="true"
    )
    posed = ada.begin()
    assert posed["ChallengeName"] == "SELECT_MFA_TYPE"
    choices = json.loads(posed["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert choices == ["SMS_MFA", "EMAIL_OTP"]
    with refused("InvalidParameterException", "MFAS_CAN_CHOOSE"):
        ada.respond("SELECT_MFA_TYPE", posed["Session"], ANSWER="SOFTWARE_TOKEN_MFA")
    chosen = ada.respond("SELECT_MFA_TYPE", posed["Session"], ANSWER="EMAIL_OTP")
    assert chosen["ChallengeName"] == "EMAIL_OTP"
    other = ada.respond("SELECT_MFA_TYPE", posed["Session"], ANSWER="SMS_MFA")
    phone = ada.client.pool.attributes(ada.username)["phone_number"]
    assert is_signed_in(ada.answer(other, world.code(phone)))


def test_preferred_factor_is_asked_for_without_a_choice(world: World) -> None:
    ada = with_phone(
        mfa_pool(world, "OPTIONAL", SMS_FACTOR, EMAIL), email=new_email(), email_verified="true"
    )
    prefer(ada, SMSMfaSettings=ON, EmailMfaSettings=PREFERRED)
    assert ada.begin()["ChallengeName"] == "EMAIL_OTP"


def test_required_mfa_is_set_up_at_the_first_sign_in(world: World) -> None:
    ada = person(mfa_pool(world, "ON", TOTP, SMS_FACTOR))
    posed = ada.begin()
    assert posed["ChallengeName"] == "MFA_SETUP"
    can = json.loads(posed["ChallengeParameters"]["MFAS_CAN_SETUP"])
    assert can == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    associated = ada.associate(Session=posed["Session"])
    verified = ada.verify(ada.code(), Session=associated["Session"], FriendlyDeviceName="my phone")
    assert verified["Status"] == "SUCCESS"
    assert is_signed_in(ada.respond("MFA_SETUP", verified["Session"]))
    assert ada.described["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    again = ada.begin()
    assert again["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert is_signed_in(ada.answer(again, ada.next_code()))


def test_wrong_code_at_set_up_may_be_tried_again(world: World) -> None:
    ada = person(mfa_pool(world, "ON", TOTP))
    session = ada.associate(Session=ada.begin()["Session"])["Session"]
    with refused("EnableSoftwareTokenMFAException"):
        ada.verify(ada.code(7), Session=session)
    verified = ada.verify(ada.code(), Session=session)
    assert is_signed_in(ada.respond("MFA_SETUP", verified["Session"]))


def test_email_is_set_up_at_the_first_sign_in(world: World) -> None:
    """As Amplify does it: EMAIL answers MFA_SETUP, and a code to it follows."""
    ada, email = person(mfa_pool(world, "ON", EMAIL)), new_email()
    posed = ada.begin()
    assert json.loads(posed["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["EMAIL_OTP"]
    asked = ada.respond("MFA_SETUP", posed["Session"], EMAIL=email)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    assert "email" not in ada.client.pool.attributes(ada.username)
    assert is_signed_in(ada.answer(asked, world.code(email)))
    attributes = ada.client.pool.attributes(ada.username)
    assert (attributes["email"], attributes["email_verified"]) == (email, "true")
    assert ada.described["UserMFASettingList"] == ["EMAIL_OTP"]


def test_address_that_is_none_sets_nothing_up(world: World) -> None:
    ada = person(mfa_pool(world, "ON", EMAIL))
    session = ada.begin()["Session"]
    with refused("InvalidParameterException"):
        ada.respond("MFA_SETUP", session, EMAIL="not an address")
    totp_only = person(mfa_pool(world, "ON", TOTP))
    with refused("InvalidParameterException", "not enabled"):
        totp_only.respond("MFA_SETUP", totp_only.begin()["Session"], EMAIL=new_email())


def test_user_without_a_phone_in_a_pool_of_sms_needs_an_administrator(world: World) -> None:
    ada = person(mfa_pool(world, "ON", SMS_FACTOR))
    posed = ada.begin()
    assert json.loads(posed["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SMS_MFA"]
    with refused("SoftwareTokenMFANotFoundException"):
        ada.associate(Session=posed["Session"])
    ada.client.pool.call(
        "admin_update_user_attributes",
        Username=ada.username,
        UserAttributes=attribute_list({"phone_number": "+15550008888"}),
    )
    assert ada.begin()["ChallengeName"] == "SMS_MFA"


def test_new_password_is_followed_by_the_second_factor(world: World) -> None:
    pool = mfa_pool(world, "ON", SMS_FACTOR)
    ada = with_phone(pool)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    ada.password = "Temporary-1!"
    posed = ada.begin()
    assert posed["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    asked = ada.respond("NEW_PASSWORD_REQUIRED", posed["Session"], NEW_PASSWORD="Lasting-horse-8")
    assert asked["ChallengeName"] == "SMS_MFA"
    phone = pool.attributes(ada.username)["phone_number"]
    assert is_signed_in(ada.answer(asked, world.code(phone)))


def test_sign_in_remembers_what_was_proved(world: World) -> None:
    ada = with_phone(mfa_pool(world, "ON", SMS_FACTOR))
    code = ada.begin()
    phone = ada.client.pool.attributes(ada.username)["phone_number"]
    ada.answer(code, world.code(phone))
    sub = ada.client.pool.attributes(ada.username)["sub"]
    (family,) = world.kernel.database.read(
        lambda session: session.query(RefreshFamily).filter_by(user_id=sub).all()
    )
    assert family.factors == ["PASSWORD", "SMS_MFA"]


def test_custom_message_writes_the_message(world: World) -> None:
    arn = world.function(
        "mfa_message",
        """
assert event["triggerSource"] == "CustomMessage_Authentication"
event["response"]["smsMessage"] = "custom " + event["request"]["codeParameter"]
""",
    )
    pool = world.pool(MfaConfiguration="ON", LambdaConfig={"CustomMessage": arn}, **SMS)
    ada = with_phone(pool)
    ada.begin()
    (sent,) = world.messages(pool.attributes(ada.username)["phone_number"])
    assert sent["body"] == f"custom {sent['code']}"


def test_mfa_that_was_turned_off_is_not_asked_for(world: World) -> None:
    ada = with_phone(mfa_pool(world, "ON", SMS_FACTOR))
    set_mfa(ada.client.pool, "OFF")
    assert is_signed_in(ada.begin())


def test_pool_without_mfa_costs_no_further_query(world: World) -> None:
    ada = person(world.pool())
    with recorded(world) as statements:
        ada.begin()
    assert not any("software_tokens" in statement for statement, _ in statements)
