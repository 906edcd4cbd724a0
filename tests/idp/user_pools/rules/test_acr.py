from __future__ import annotations

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import acr


@pytest.mark.parametrize(
    ("factors", "level", "methods"),
    [
        ((), 0, []),
        (("PASSWORD",), 1, ["pwd"]),
        (("PASSWORD", "PASSWORD"), 1, ["pwd"]),
        (("EMAIL_OTP",), 2, ["email_otp"]),
        (("SMS_OTP",), 2, ["sms"]),
        (("SMS_OTP", "SMS_MFA"), 2, ["sms"]),
        (("WEB_AUTHN",), 3, ["swk"]),
        (("PASSWORD", "SMS_MFA"), 3, ["pwd", "sms", "mfa"]),
        (("PASSWORD", "EMAIL_OTP"), 3, ["pwd", "email_otp", "mfa"]),
        (("PASSWORD", "SOFTWARE_TOKEN_MFA"), 4, ["pwd", "otp", "mfa"]),
        (("PASSWORD", "SMS_MFA", "SOFTWARE_TOKEN_MFA"), 4, ["pwd", "sms", "otp", "mfa"]),
        (("PASSWORD", "DEVICE_SRP_AUTH"), 1, ["pwd"]),
        (("SOFTWARE_TOKEN_MFA",), 0, ["otp"]),
        (("CUSTOM_CHALLENGE",), 0, []),
    ],
)
def test_factors_reach_the_highest_level_that_they_satisfy(
    factors: tuple[str, ...], level: int, methods: list[str]
) -> None:
    assert acr.level(factors) == level
    assert acr.methods(factors) == methods


def test_claims_leave_out_what_is_not_known() -> None:
    assert acr.claims(None, ["CUSTOM_CHALLENGE"]) == {}
    assert acr.claims(None, ["SOFTWARE_TOKEN_MFA"]) == {"amr": ["otp"]}
    assert acr.claims(None, ["PASSWORD"]) == {"acr": "urn:cognito:loa:1", "amr": ["pwd"]}


def test_names_of_the_pool_take_the_place_of_the_defaults() -> None:
    merged = acr.effective({"Level2": {"AcrValue": "urn:mine:2"}})
    assert acr.name(merged, 2) == "urn:mine:2"
    assert acr.name(merged, 3) == "urn:cognito:loa:3"
    assert acr.targets(merged, "urn:mine:2 urn:cognito:loa:2 urn:cognito:loa:1") == (2, 1)


@pytest.mark.parametrize(
    "configuration",
    [
        {"Level1": {"AcrValue": "x"}, "Level2": {"AcrValue": "x"}},
        {"Level1": {"AcrValue": "urn:cognito:loa:4"}},
    ],
)
def test_two_levels_never_share_a_name(configuration: acr.Configuration) -> None:
    with pytest.raises(InvalidParameter):
        acr.effective(configuration)


@pytest.mark.parametrize(
    ("levels", "factors", "possible", "helping"),
    [
        ((4,), ("PASSWORD",), ("SMS_MFA", "SOFTWARE_TOKEN_MFA"), ("SOFTWARE_TOKEN_MFA",)),
        ((3,), ("PASSWORD",), ("SMS_MFA", "SOFTWARE_TOKEN_MFA"), ("SMS_MFA", "SOFTWARE_TOKEN_MFA")),
        ((4, 3), ("PASSWORD",), ("SMS_MFA",), ("SMS_MFA",)),
        ((4, 1, 3), ("PASSWORD",), ("SMS_MFA",), ()),
        ((4,), ("EMAIL_OTP",), ("SOFTWARE_TOKEN_MFA",), ()),
        ((4,), ("SOFTWARE_TOKEN_MFA",), ("SOFTWARE_TOKEN_MFA",), ()),
        ((), ("PASSWORD",), ("SOFTWARE_TOKEN_MFA",), ()),
    ],
)
def test_factors_help_to_the_first_level_that_any_leads_to(
    levels: tuple[int, ...],
    factors: tuple[str, ...],
    possible: tuple[str, ...],
    helping: tuple[str, ...],
) -> None:
    assert acr.helping(levels, factors, possible) == helping
