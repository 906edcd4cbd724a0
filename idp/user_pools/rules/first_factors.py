"""Which first factors a pool allows, and which of them a user can choose (USER_AUTH)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.second_factors import PASSKEY, passkeys_are_both

Settings = Mapping[str, Any]

ONE_TIME_PASSWORDS: Mapping[str, str] = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
"""Factors that are sent, and the attribute that holds the address."""

CHALLENGES = ("PASSWORD", "PASSWORD_SRP", *ONE_TIME_PASSWORDS, "WEB_AUTHN")
"""What PREFERRED_CHALLENGE and ANSWER may name."""


@dataclass(frozen=True)
class Means:
    """What a user could prove himself with, whatever the pool allows."""

    has_password: bool
    has_verifier: bool
    """An SRP verifier of the password."""
    verified: frozenset[str]
    """The attributes whose addresses are verified."""
    has_passkey: bool
    needs_second_factor: bool = False
    passkey_is_both: bool = False
    """A passkey that verifies its user is both of the factors that he needs."""
    may_be_passwordless: bool = True
    """False for who has yet to choose a password, or signs in elsewhere."""


def check_policy(factors: list[str]) -> None:
    """AllowedFirstAuthFactors. Raises `InvalidParameter`."""
    if "SOFTWARE_TOKEN" in factors:
        raise InvalidParameter("SOFTWARE_TOKEN is not supported as a first authentication factor.")
    if "PASSWORD" not in factors:
        raise InvalidParameter("AllowedFirstAuthFactors must include PASSWORD.")
    if len(set(factors)) != len(factors):
        raise InvalidParameter("AllowedFirstAuthFactors must not name a factor twice.")


def allowed(settings: Settings) -> frozenset[str]:
    """The pool's AllowedFirstAuthFactors."""
    policy = settings["Policies"].get("SignInPolicy", {})
    return frozenset(policy.get("AllowedFirstAuthFactors", ("PASSWORD",)))


def verified_addresses(attributes: Mapping[str, str]) -> frozenset[str]:
    """The attributes to which a one-time password may go.

    An address that nobody has proved may be somebody else's, who would sign in by it.
    """
    return frozenset(
        name
        for name in ONE_TIME_PASSWORDS.values()
        if attributes.get(name) and is_verified(attributes, name)
    )


def needs_second_factor(settings: Settings, mfa: Mapping[str, Any]) -> bool:
    """Whether a sign-in of this user is to have two factors; `mfa` is what he has chosen."""
    configuration = settings.get("MfaConfiguration", "OFF")
    return configuration == "ON" or (configuration == "OPTIONAL" and bool(mfa.get("enabled")))


def passkey_is_both(settings: Settings, mfa: Mapping[str, Any]) -> bool:
    """Whether a passkey that verifies this user is two factors in one: where the pool has it so
    (FactorConfiguration), and the user too (WebAuthnMfaSettings: "When activated, the user's
    passkey authentication requires user verification, and passkey sign-in is available when MFA is
    required")."""
    return passkeys_are_both(settings) and PASSKEY in mfa.get("enabled", ())


def offered(settings: Settings, means: Means) -> tuple[str, ...]:
    """The challenges that a user can choose from, in the order in which they are listed.

    Who needs two factors starts with a password: a one-time password may come from the same place
    as the second factor. A passkey may stand for both where the pool says so.
    """
    factors = allowed(settings)
    passwordless = means.may_be_passwordless
    is_enough = {
        "PASSWORD": means.has_password,
        "PASSWORD_SRP": means.has_verifier,
        **{
            factor: passwordless and attribute in means.verified and not means.needs_second_factor
            for factor, attribute in ONE_TIME_PASSWORDS.items()
        },
        "WEB_AUTHN": passwordless
        and means.has_passkey
        and (means.passkey_is_both or not means.needs_second_factor),
    }
    return tuple(
        name
        for name in CHALLENGES
        if is_enough[name] and (name in factors or name == "PASSWORD_SRP")
    )


def can_be_passwordless(settings: Settings, addresses: frozenset[str]) -> bool:
    """Whether a user with these addresses needs no password: a one-time password can reach him.

    SignUp, Password: "You can only create a passwordless user when passwordless sign-in is
    available."
    """
    factors = allowed(settings)
    return settings.get("MfaConfiguration", "OFF") != "ON" and any(
        factor in factors and attribute in addresses
        for factor, attribute in ONE_TIME_PASSWORDS.items()
    )
