from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.mfa_world import (
    EMAIL,
    SMS,
    SMS_CONFIGURATION,
    SMS_FACTOR,
    TOTP,
    mfa_pool,
    set_mfa,
)
from tests.idp.user_pools.operations.world import World, refused

PASSKEYS = {"RelyingPartyId": "auth.example.com", "UserVerification": "required"}


def configuration(pool: Any) -> Any:
    answer = pool.call("get_user_pool_mfa_config")
    answer.pop("ResponseMetadata")
    return answer


def test_new_pool_has_no_mfa(world: World) -> None:
    assert configuration(world.pool()) == {"MfaConfiguration": "OFF"}


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_pool_is_made_with_sms_only(world: World, mode: str) -> None:
    message = "Your code: {####}"
    pool = world.pool(MfaConfiguration=mode, SmsAuthenticationMessage=message, **SMS)
    assert configuration(pool) == {
        "MfaConfiguration": mode,
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": message,
            "SmsConfiguration": SMS_CONFIGURATION,
        },
        "SoftwareTokenMfaConfiguration": {"Enabled": False},
    }
    described = pool.call("describe_user_pool")["UserPool"]
    assert described["MfaConfiguration"] == mode
    assert "MfaFactors" not in described


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_mfa_needs_a_factor_that_exists(world: World, mode: str) -> None:
    with refused("InvalidParameterException", "SMS configuration"):
        world.pool(MfaConfiguration=mode)
    pool = world.pool()
    with refused("InvalidParameterException", "SMS configuration"):
        pool.call("update_user_pool", MfaConfiguration=mode)
    with refused("InvalidParameterException", "can't disable all MFAs"):
        set_mfa(pool, mode)
    with refused("InvalidParameterException", "can't disable all MFAs"):
        set_mfa(pool, mode, {"SoftwareTokenMfaConfiguration": {"Enabled": False}})
    assert configuration(pool) == {"MfaConfiguration": "OFF"}


@pytest.mark.parametrize("factor", [TOTP, EMAIL, SMS_FACTOR], ids=str)
def test_mfa_cannot_be_off_with_a_factor(world: World, factor: dict[str, Any]) -> None:
    pool = world.pool()
    with refused("InvalidParameterException", "can't turn off MFA and configure an MFA"):
        set_mfa(pool, "OFF", factor)
    with refused("InvalidParameterException", "can't turn off MFA and configure an MFA"):
        pool.call("set_user_pool_mfa_config", **factor)


def test_configuration_is_answered_and_described(world: World) -> None:
    pool = world.pool()
    answer = set_mfa(pool, "OPTIONAL", TOTP, EMAIL, SMS_FACTOR)
    answer.pop("ResponseMetadata")
    assert answer == configuration(pool)
    assert answer == {"MfaConfiguration": "OPTIONAL", **TOTP, **EMAIL, **SMS_FACTOR}


def test_request_with_a_mode_says_all_there_is(world: World) -> None:
    pool = mfa_pool(world, "ON", TOTP, EMAIL)
    set_mfa(pool, "ON", TOTP)
    assert configuration(pool) == {"MfaConfiguration": "ON", **TOTP}


def test_request_without_a_mode_changes_what_it_names(world: World) -> None:
    pool = mfa_pool(world, "ON", TOTP)
    pool.call("set_user_pool_mfa_config", **EMAIL)
    assert configuration(pool) == {"MfaConfiguration": "ON", **TOTP, **EMAIL}


def test_sms_needs_its_configuration(world: World) -> None:
    with refused("InvalidParameterException", "SmsConfiguration"):
        mfa_pool(world, "ON", {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "X {####}"}})
    pool = world.pool(**SMS)
    set_mfa(pool, "ON", {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "X {####}"}})
    described = pool.call("describe_user_pool")["UserPool"]
    assert described["SmsAuthenticationMessage"] == "X {####}"


def test_update_keeps_factors_that_it_cannot_name_and_resets_the_mode(world: World) -> None:
    """UpdateUserPool: what is left out goes to its default, and MFA's is OFF."""
    pool = mfa_pool(world, "ON", TOTP, EMAIL)
    pool.call("update_user_pool", MfaConfiguration="OPTIONAL")
    assert configuration(pool) == {"MfaConfiguration": "OPTIONAL", **TOTP, **EMAIL}
    pool.call("update_user_pool")
    assert configuration(pool) == {"MfaConfiguration": "OFF"}


def test_update_without_sms_configuration_ends_sms(world: World) -> None:
    pool = mfa_pool(world, "ON", TOTP, SMS_FACTOR)
    pool.call("update_user_pool", MfaConfiguration="ON")
    assert configuration(pool) == {"MfaConfiguration": "ON", **TOTP}


def test_email_mfa_is_not_in_the_lite_tier(world: World) -> None:
    with refused("FeatureUnavailableInTierException"):
        mfa_pool(world, "ON", EMAIL, UserPoolTier="LITE")
    pool = mfa_pool(world, "ON", EMAIL)
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool", MfaConfiguration="ON", UserPoolTier="LITE")
    pool = mfa_pool(world, "ON", TOTP, UserPoolTier="LITE")
    assert configuration(pool) == {"MfaConfiguration": "ON", **TOTP}


def test_email_is_not_both_second_factor_and_only_recovery(world: World) -> None:
    by_email = {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}
    with refused("InvalidParameterException", "recovery"):
        mfa_pool(world, "ON", EMAIL, AccountRecoverySetting=by_email)
    pool = mfa_pool(world, "ON", EMAIL)
    with refused("InvalidParameterException", "recovery"):
        pool.call("update_user_pool", MfaConfiguration="ON", AccountRecoverySetting=by_email)


def test_passkeys_are_configured_apart_from_mfa(world: World) -> None:
    pool = world.pool()
    set_mfa(pool, "OFF", {"WebAuthnConfiguration": PASSKEYS})
    assert configuration(pool) == {"MfaConfiguration": "OFF", "WebAuthnConfiguration": PASSKEYS}
    set_mfa(pool, "ON", TOTP)
    pool.call("update_user_pool")
    assert configuration(pool)["WebAuthnConfiguration"] == PASSKEYS
    multi = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    pool.call("set_user_pool_mfa_config", WebAuthnConfiguration=multi)
    assert configuration(pool)["WebAuthnConfiguration"] == {**PASSKEYS, **multi}
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool", UserPoolTier="LITE")


@pytest.mark.parametrize("name", ["https://x.example", "x.example/", "X.example", "a..b", "-a.b"])
def test_relying_party_is_a_domain_name(world: World, name: str) -> None:
    with refused("InvalidParameterException", "RelyingPartyId"):
        world.pool().call(
            "set_user_pool_mfa_config", WebAuthnConfiguration={"RelyingPartyId": name}
        )


def test_another_accounts_pool_is_none(world: World) -> None:
    pool, stranger = world.pool(), world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.get_user_pool_mfa_config(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        stranger.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OFF")
