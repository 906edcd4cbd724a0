from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import first_factors
from idp.user_pools.rules.first_factors import Means

EVERYTHING = Means(
    has_password=True,
    has_verifier=True,
    verified=frozenset({"email", "phone_number"}),
    has_passkey=True,
)


def settings(*factors: str, **more: Any) -> dict[str, Any]:
    return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors)}}, **more}


ALL = settings("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")


def test_everything_is_offered_to_who_has_everything() -> None:
    assert first_factors.offered(ALL, EVERYTHING) == first_factors.CHALLENGES


def test_only_what_the_pool_allows_is_offered() -> None:
    found = first_factors.offered(settings("PASSWORD", "SMS_OTP"), EVERYTHING)
    assert found == ("PASSWORD", "PASSWORD_SRP", "SMS_OTP")
    assert first_factors.allowed({"Policies": {}}) == {"PASSWORD"}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"has_password": False, "has_verifier": False}, {"PASSWORD", "PASSWORD_SRP"}),
        ({"has_verifier": False}, {"PASSWORD_SRP"}),
        ({"verified": frozenset({"email"})}, {"SMS_OTP"}),
        ({"has_passkey": False}, {"WEB_AUTHN"}),
        ({"needs_second_factor": True}, {"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}),
        ({"needs_second_factor": True, "passkey_is_both": True}, {"EMAIL_OTP", "SMS_OTP"}),
        ({"may_be_passwordless": False}, {"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}),
    ],
    ids=lambda value: "-".join(sorted(value)),
)
def test_what_a_user_lacks_is_not_offered(change: dict[str, Any], missing: set[str]) -> None:
    found = first_factors.offered(ALL, replace(EVERYTHING, **change))
    assert set(first_factors.CHALLENGES) - set(found) == missing


@pytest.mark.parametrize(
    ("configuration", "mfa", "needs"),
    [
        ("OFF", {"enabled": ["SMS_MFA"]}, False),
        ("OPTIONAL", {}, False),
        ("OPTIONAL", {"enabled": ["SMS_MFA"]}, True),
        ("ON", {}, True),
    ],
)
def test_who_needs_a_second_factor(configuration: str, mfa: dict[str, Any], needs: bool) -> None:
    assert first_factors.needs_second_factor({"MfaConfiguration": configuration}, mfa) is needs


def test_a_policy_names_passwords_and_no_factor_twice() -> None:
    first_factors.check_policy(["PASSWORD"])
    first_factors.check_policy(["WEB_AUTHN", "PASSWORD"])
    for factors in (["WEB_AUTHN"], ["PASSWORD", "SOFTWARE_TOKEN"], ["PASSWORD", "PASSWORD"]):
        with pytest.raises(InvalidParameter):
            first_factors.check_policy(factors)
