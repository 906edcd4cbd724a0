from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.mfa_world import (
    EMAIL,
    SMS_FACTOR,
    TOTP,
    Person,
    mfa_pool,
    person,
    with_phone,
)
from tests.idp.user_pools.operations.world import World, attribute_list, new_email, refused

ON: dict[str, Any] = {"Enabled": True}
PREFERRED: dict[str, Any] = {"Enabled": True, "PreferredMfa": True}
OFF: dict[str, Any] = {"Enabled": False, "PreferredMfa": False}
SMS_OPTION = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}


@pytest.fixture
def ada(world: World) -> Person:
    """Verified by phone and e-mail, in a pool with every factor."""
    pool = mfa_pool(world, "OPTIONAL", TOTP, EMAIL, SMS_FACTOR)
    return with_phone(pool, email=new_email(), email_verified="true")


def admin_prefer(ada: Person, **settings: Any) -> None:
    ada.client.pool.call("admin_set_user_mfa_preference", Username=ada.username, **settings)


def test_factors_are_turned_on_and_described(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.prefer(token, SMSMfaSettings=PREFERRED, EmailMfaSettings=ON)
    for answer in (ada.described, ada.world.public.get_user(AccessToken=token)):
        assert answer["UserMFASettingList"] == ["SMS_MFA", "EMAIL_OTP"]
        assert answer["PreferredMfaSetting"] == "SMS_MFA"
        assert answer["MFAOptions"] == [SMS_OPTION]
    (listed,) = ada.client.pool.call("list_users", Filter=f'username = "{ada.username}"')["Users"]
    assert listed["MFAOptions"] == [SMS_OPTION]


def test_user_without_preferences_has_no_mfa_members(ada: Person) -> None:
    described = ada.described
    assert not {"UserMFASettingList", "PreferredMfaSetting", "MFAOptions"} & set(described)


def test_what_is_left_out_stays(ada: Person) -> None:
    admin_prefer(ada, SMSMfaSettings=PREFERRED)
    admin_prefer(ada, EmailMfaSettings=ON)
    assert ada.described["UserMFASettingList"] == ["SMS_MFA", "EMAIL_OTP"]
    assert ada.described["PreferredMfaSetting"] == "SMS_MFA"


def test_newer_preference_replaces_the_older(ada: Person) -> None:
    admin_prefer(ada, SMSMfaSettings=PREFERRED)
    admin_prefer(ada, EmailMfaSettings=PREFERRED)
    assert ada.described["PreferredMfaSetting"] == "EMAIL_OTP"
    admin_prefer(ada, EmailMfaSettings={"Enabled": True, "PreferredMfa": False})
    assert "PreferredMfaSetting" not in ada.described


def test_turned_off_factor_is_neither_on_nor_preferred(ada: Person) -> None:
    admin_prefer(ada, SMSMfaSettings=PREFERRED, EmailMfaSettings=ON)
    admin_prefer(ada, SMSMfaSettings=OFF)
    assert ada.described["UserMFASettingList"] == ["EMAIL_OTP"]
    assert "PreferredMfaSetting" not in ada.described


def test_one_factor_can_be_preferred(ada: Person) -> None:
    with refused("InvalidParameterException", "Only one"):
        admin_prefer(ada, SMSMfaSettings=PREFERRED, EmailMfaSettings=PREFERRED)
    with refused("InvalidParameterException", "enabled to be preferred"):
        admin_prefer(ada, SMSMfaSettings={"Enabled": False, "PreferredMfa": True})
    assert "UserMFASettingList" not in ada.described


def test_software_token_must_have_been_verified(ada: Person) -> None:
    token, message = ada.tokens()["AccessToken"], "turn on SOFTWARE_TOKEN_MFA"
    with refused("InvalidParameterException", message):
        ada.prefer(token, SoftwareTokenMfaSettings=ON)
    ada.associate(AccessToken=token)
    with refused("InvalidParameterException", message):
        admin_prefer(ada, SoftwareTokenMfaSettings=ON)
    ada.verify(ada.code(), AccessToken=token)
    ada.prefer(token, SoftwareTokenMfaSettings=ON)
    assert ada.described["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]


@pytest.mark.parametrize("attributes", [{}, {"phone_number": "+15550001111"}])
def test_phone_must_be_verified(world: World, attributes: dict[str, str]) -> None:
    ada = person(mfa_pool(world, "OPTIONAL", SMS_FACTOR), **attributes)
    for prefer in (lambda **s: ada.prefer(ada.tokens()["AccessToken"], **s), admin_prefer_of(ada)):
        with refused("InvalidParameterException", "delivery config set to turn on SMS_MFA"):
            prefer(SMSMfaSettings=ON)


def admin_prefer_of(ada: Person) -> Any:
    return lambda **settings: admin_prefer(ada, **settings)


def test_factor_that_the_pool_lacks_is_refused(world: World) -> None:
    ada = with_phone(mfa_pool(world, "OPTIONAL", TOTP), email=new_email(), email_verified="true")
    for member in ("SMSMfaSettings", "EmailMfaSettings"):
        with refused("InvalidParameterException", "delivery config"):
            admin_prefer(ada, **{member: ON})
    admin_prefer(ada, SMSMfaSettings=OFF, EmailMfaSettings=OFF, SoftwareTokenMfaSettings=OFF)


def test_everything_can_be_turned_off_after_the_phone_is_gone(ada: Person) -> None:
    """Amplify's NOMFA."""
    admin_prefer(ada, SMSMfaSettings=PREFERRED)
    ada.client.pool.call(
        "admin_delete_user_attributes",
        Username=ada.username,
        UserAttributeNames=["phone_number"],
    )
    admin_prefer(ada, SMSMfaSettings=OFF, SoftwareTokenMfaSettings=OFF)
    assert "UserMFASettingList" not in ada.described


def test_passkeys_are_mfa_only_where_the_pool_counts_them(ada: Person) -> None:
    with refused("InvalidParameterException", "MULTI_FACTOR"):
        admin_prefer(ada, WebAuthnMfaSettings=ON, SMSMfaSettings=ON)
    multi = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    ada.client.pool.call("set_user_pool_mfa_config", WebAuthnConfiguration=multi)
    with refused("InvalidParameterException", "another MFA factor"):
        admin_prefer(ada, WebAuthnMfaSettings=ON)
    admin_prefer(ada, WebAuthnMfaSettings=ON, SMSMfaSettings=ON)
    assert ada.described["UserMFASettingList"] == ["SMS_MFA", "WEB_AUTHN"]
    with refused("InvalidParameterException", "another MFA factor"):
        admin_prefer(ada, SMSMfaSettings=OFF)
    admin_prefer(ada, WebAuthnMfaSettings={"Enabled": False})
    assert ada.described["UserMFASettingList"] == ["SMS_MFA"]


def test_older_settings_turn_sms_on_and_off(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.world.public.set_user_settings(AccessToken=token, MFAOptions=[SMS_OPTION])
    assert ada.described["UserMFASettingList"] == ["SMS_MFA"]
    ada.client.pool.call("admin_set_user_settings", Username=ada.username, MFAOptions=[])
    assert "UserMFASettingList" not in ada.described
    ada.client.pool.call("admin_set_user_settings", Username=ada.username, MFAOptions=[SMS_OPTION])
    assert ada.described["MFAOptions"] == [SMS_OPTION]


@pytest.mark.parametrize(
    "option", [{"DeliveryMedium": "EMAIL"}, {"DeliveryMedium": "SMS", "AttributeName": "email"}]
)
def test_older_settings_are_for_sms_only(ada: Person, option: dict[str, str]) -> None:
    with refused("InvalidParameterException", "MFAOptions"):
        ada.client.pool.call("admin_set_user_settings", Username=ada.username, MFAOptions=[option])
    token = ada.tokens()["AccessToken"]
    with refused("InvalidParameterException", "MFAOptions"):
        ada.world.public.set_user_settings(AccessToken=token, MFAOptions=[option])


def test_preferences_of_nobody_are_refused(ada: Person) -> None:
    pool = ada.client.pool
    with refused("UserNotFoundException"):
        pool.call("admin_set_user_mfa_preference", Username="nobody", SMSMfaSettings=ON)
    with refused("UserNotFoundException"):
        pool.call("admin_set_user_settings", Username="nobody", MFAOptions=[])
    with refused("NotAuthorizedException"):
        ada.prefer("a.b.c", SMSMfaSettings=ON)
    with refused("NotAuthorizedException"):
        ada.world.public.set_user_settings(AccessToken="a.b.c", MFAOptions=[])


def test_mfa_survives_new_passwords(ada: Person) -> None:
    admin_prefer(ada, SMSMfaSettings=PREFERRED)
    pool, mfa = ada.client.pool, ["SMS_MFA"]
    pool.call(
        "admin_set_user_password", Username=ada.username, Password="New-horse-77", Permanent=True
    )
    assert ada.described["UserMFASettingList"] == mfa
    ada.client.call("forgot_password", Username=ada.username)
    email = pool.attributes(ada.username)["email"]
    phone = pool.attributes(ada.username)["phone_number"]
    code = (ada.world.messages(email) or ada.world.messages(phone))[-1]["code"]
    ada.client.call(
        "confirm_forgot_password",
        Username=ada.username,
        ConfirmationCode=code,
        Password="Other-horse-8",
    )
    assert ada.described["UserMFASettingList"] == mfa
    ada.password = "Other-horse-8"
    assert ada.begin()["ChallengeName"] == "SMS_MFA"


def recovery(*names: str) -> dict[str, Any]:
    ranked = [{"Name": name, "Priority": n} for n, name in enumerate(names, 1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": ranked}}


def test_password_is_not_recovered_where_the_second_factor_goes(world: World) -> None:
    setting = recovery("verified_phone_number", "verified_email")
    pool = mfa_pool(world, "OPTIONAL", EMAIL, SMS_FACTOR, **setting)
    ada = with_phone(pool, email=new_email(), email_verified="true")

    def medium() -> str:
        answer = ada.client.call("forgot_password", Username=ada.username)
        return str(answer["CodeDeliveryDetails"]["DeliveryMedium"])

    assert medium() == "SMS"
    admin_prefer(ada, SMSMfaSettings=ON)
    assert medium() == "EMAIL"
    admin_prefer(ada, SMSMfaSettings=OFF, EmailMfaSettings=ON)
    assert medium() == "SMS"
    admin_prefer(ada, SMSMfaSettings=ON)
    with refused("InvalidParameterException", "Cannot reset password"):
        medium()


def test_mailbox_alone_is_no_way_in_where_mfa_is_required(world: World) -> None:
    """Who reads the e-mail would reset the password by it, and then get the code by it."""
    pool = mfa_pool(world, "ON", EMAIL)
    ada = person(pool, email=new_email(), email_verified="true")
    with refused("InvalidParameterException", "Cannot reset password"):
        ada.client.call("forgot_password", Username=ada.username)
    pool.call(
        "admin_update_user_attributes",
        Username=ada.username,
        UserAttributes=attribute_list(
            {"phone_number": "+15550009", "phone_number_verified": "true"}
        ),
    )
    answer = ada.client.call("forgot_password", Username=ada.username)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
