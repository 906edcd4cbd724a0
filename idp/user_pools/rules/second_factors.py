"""Which second factor a sign-in asks for, as a function of the pool, the user and what he proved.

Cognito developer guide, "Adding MFA to a user pool": a user is asked for the factor that he
prefers, or for his only one, or chooses; where MFA is required, one who has chosen none is asked
for what can be used with what is known of him, and sets one up where nothing is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from idp.user_pools.rules.attributes import is_verified

SMS = "SMS_MFA"
EMAIL = "EMAIL_OTP"
SOFTWARE_TOKEN = "SOFTWARE_TOKEN_MFA"
PASSKEY = "WEB_AUTHN"
VERIFIED_PASSKEY = "WEB_AUTHN_VERIFIED"
"""What a passkey that verified its user leaves in `Attempt.factors`; one that saw somebody press a
button leaves PASSKEY."""
ORDER = (SMS, EMAIL, SOFTWARE_TOKEN)

MEMBER = "MfaFactors"
"""What `SetUserPoolMfaConfig` leaves in the pool's settings, beside AWS's own members:
`Sms` and `SoftwareToken`, booleans, and `Email`, an EmailMfaConfigType or None."""
NONE_ACTIVE: Mapping[str, Any] = {"Sms": False, "SoftwareToken": False, "Email": None}

FEDERATION = "FEDERATION"
"""In place of a factor: another provider said who the person is."""
FACTORS_OF_MFA = 2

ADDRESSES: Mapping[str, str] = {SMS: "phone_number", EMAIL: "email"}
"""The attribute that a factor's codes go to."""

SAME_CHANNEL: Mapping[str, str] = {"EMAIL_OTP": EMAIL, "SMS_OTP": SMS}
"""A first factor, and the second one that would prove the same thing again."""


class Need(Enum):
    """How much a sign-in needs a second factor."""

    NONE = auto()
    """The pool has none."""
    IF_CHOSEN = auto()
    """Of users who have turned one on."""
    IF_POSSIBLE = auto()
    """Of users who could use one, whether they turned it on or not."""
    ALWAYS = auto()
    """Who has none sets one up."""
    ALWAYS_AT_ONCE = auto()
    """Who has none is refused."""


@dataclass(frozen=True)
class Means:
    """What a user could prove himself with."""

    attributes: Mapping[str, str]
    has_software_token: bool

    def allow(self, factor: str) -> bool:
        """An address need not be verified: the right code proves it."""
        if factor == SOFTWARE_TOKEN:
            return self.has_software_token
        return bool(self.attributes.get(ADDRESSES.get(factor, "")))


@dataclass(frozen=True)
class Question:
    """What is asked next: exactly one of these, or nothing.

    `factor` is asked for; one of `choices` is to be chosen; one of `set_up` is to be set up.
    """

    factor: str | None = None
    choices: tuple[str, ...] = ()
    set_up: tuple[str, ...] = ()
    refused: bool = False


def active(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The pool's factors."""
    if settings["MfaConfiguration"] == "OFF":
        return ()
    factors = settings.get(MEMBER, NONE_ACTIVE)
    is_active = {
        SMS: factors["Sms"],
        EMAIL: factors["Email"] is not None,
        SOFTWARE_TOKEN: factors["SoftwareToken"],
    }
    return tuple(factor for factor in ORDER if is_active[factor])


def after_first(
    factors: Sequence[str],
    settings: Mapping[str, Any],
    preferences: Mapping[str, Any],
) -> bool:
    """Whether what was proved (`Attempt.factors`) stands for two factors: a passkey that verified
    its user, where the pool and the user count it so (WebAuthnConfiguration,
    FactorConfiguration; WebAuthnMfaSettings)."""
    return _counts_passkeys(settings, factors) and PASSKEY in preferences.get("enabled", ())


def is_missing(settings: Mapping[str, Any], factors: Sequence[str]) -> bool:
    """Whether a pool that requires MFA must not take what was proved in an earlier sign-in."""
    if settings["MfaConfiguration"] != "ON" or _counts_passkeys(settings, factors):
        return False
    if FEDERATION in factors:
        # Cognito developer guide, "Adding MFA to a user pool": it is the identity provider's.
        return False
    return len(factors) < FACTORS_OF_MFA


def passkeys_are_both(settings: Mapping[str, Any]) -> bool:
    """Whether the pool takes a passkey that verified its user for two factors."""
    passkeys = settings.get("WebAuthnConfiguration", {}).get("FactorConfiguration")
    return bool(passkeys == "MULTI_FACTOR_WITH_USER_VERIFICATION")


def _counts_passkeys(settings: Mapping[str, Any], factors: Sequence[str]) -> bool:
    return VERIFIED_PASSKEY in factors and passkeys_are_both(settings)


def spent(proved: Collection[str]) -> frozenset[str]:
    """The second factors that would prove once more what was proved already."""
    return frozenset(SAME_CHANNEL.get(factor, factor) for factor in proved)


def question(
    need: Need,
    offered: Sequence[str],
    preferences: Mapping[str, Any],
    means: Means,
    proved: Collection[str],
) -> Question:
    """What to ask a user. `offered` are the pool's factors, `preferences` is `User.mfa`."""
    if need is Need.NONE:
        return Question()
    used_up = spent(proved)
    possible = [f for f in offered if means.allow(f) and f not in used_up]
    chosen = [f for f in possible if f in preferences.get("enabled", ())]
    preferred = preferences.get("preferred")
    if preferred in chosen:
        return Question(factor=preferred)
    if not chosen and used_up.intersection(preferences.get("enabled", ()), offered):
        # His second factor is what he began with: asking for less would be a way around it.
        return Question(refused=True)
    if chosen or need is not Need.IF_CHOSEN:
        options = chosen or possible
        if options:
            return _one_or_all(options)
    if need is Need.ALWAYS_AT_ONCE:
        return Question(refused=True)
    if need is Need.ALWAYS:
        to_set_up = tuple(f for f in offered if f not in used_up)
        return Question(set_up=to_set_up, refused=not to_set_up)
    return Question()


def is_own(factor: str, means: Means, preferences: Mapping[str, Any]) -> bool:
    """Whether a factor that the user can use is one that he chose, or proved to be his."""
    verified = is_verified(means.attributes, ADDRESSES.get(factor, ""))
    is_known = factor == SOFTWARE_TOKEN or verified or factor in preferences.get("enabled", ())
    return means.allow(factor) and is_known


def not_for_recovery(
    settings: Mapping[str, Any], attributes: Mapping[str, str], preferences: Mapping[str, Any]
) -> frozenset[str]:
    """The addresses that no password can be recovered through: whoever reads them would have both
    factors.

    Where AccountRecoverySetting is absent AWS's legacy behaviour lets SMS do both.
    """
    offered = [factor for factor in ADDRESSES if factor in active(settings)]
    used = [factor for factor in offered if factor in preferences.get("enabled", ())]
    if settings["MfaConfiguration"] == "ON" and not preferences.get("enabled"):
        possible = [factor for factor in offered if attributes.get(ADDRESSES[factor])]
        used = possible if len(possible) == 1 else []
    if not settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms"):
        used = [factor for factor in used if factor != SMS]
    return frozenset(ADDRESSES[factor] for factor in used)


def describe(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """How GetUser and AdminGetUser tell of `User.mfa`; what is empty is absent, as on AWS."""
    described: dict[str, Any] = dict(options(preferences))
    if preferences.get("enabled"):
        described["UserMFASettingList"] = list(preferences["enabled"])
    if preferences.get("preferred"):
        described["PreferredMfaSetting"] = preferences["preferred"]
    return described


def options(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """MFAOptions, which tells of SMS only."""
    if SMS not in preferences.get("enabled", ()):
        return {}
    return {"MFAOptions": [{"DeliveryMedium": "SMS", "AttributeName": ADDRESSES[SMS]}]}


def _one_or_all(options: list[str]) -> Question:
    if len(options) == 1:
        return Question(factor=options[0])
    return Question(choices=tuple(options))
