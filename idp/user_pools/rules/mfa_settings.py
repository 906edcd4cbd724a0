"""A pool's MFA and passkey configuration: what may be set together, and how it is described.

The rules are those of SetUserPoolMfaConfig, CreateUserPool and UpdateUserPool; the messages are
AWS's where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import tiers
from idp.user_pools.rules.second_factors import MEMBER, NONE_ACTIVE, passkeys_are_both

Settings = Mapping[str, Any]

FACTORS = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
PASSKEYS = "WebAuthnConfiguration"
OFF_WITH_FACTOR = (
    "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
)
ON_WITHOUT_FACTOR = (
    "Invalid MFA configuration given, can't disable all MFAs with a required or optional "
    "configuration."
)
SMS_NOT_CONFIGURED = (
    "SMS configuration and Auto verification for phone_number are required when MFA is "
    "required/optional"
)
_HOST = re.compile(
    r"(?=.{1,127}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)


def changed(present: Settings, request: Settings) -> dict[str, Any]:
    """The pool's settings after SetUserPoolMfaConfig.

    A request that names a MfaConfiguration says all there is: factors that it leaves out are off.
    One without it changes only what it names. Passkeys are apart from MFA, and stay where nothing
    is said of them. Raises `InvalidParameter`, `FeatureUnavailableInTier`.
    """
    mode = request.get("MfaConfiguration", present["MfaConfiguration"])
    given = [name for name in FACTORS if name in request]
    if mode == "OFF" and given:
        raise InvalidParameter(OFF_WITH_FACTOR)
    says_all = "MfaConfiguration" in request
    factors = dict(NONE_ACTIVE if says_all else present.get(MEMBER, NONE_ACTIVE))
    settings = {**present, "MfaConfiguration": mode}
    _apply_sms(settings, factors, request.get("SmsMfaConfiguration"))
    if "SoftwareTokenMfaConfiguration" in request:
        factors["SoftwareToken"] = request["SoftwareTokenMfaConfiguration"].get("Enabled", False)
    if "EmailMfaConfiguration" in request:
        factors["Email"] = dict(request["EmailMfaConfiguration"])
    settings[MEMBER] = factors
    if PASSKEYS in request:
        settings[PASSKEYS] = _passkeys(present.get(PASSKEYS, {}), request[PASSKEYS])
    check(settings)
    return settings


def after_pool_request(settings: Settings, present: Settings | None) -> dict[str, Any]:
    """The settings that CreateUserPool (`present` is None) or UpdateUserPool asks for, with
    their factors. They can turn on SMS alone; the others stay as SetUserPoolMfaConfig left them.
    Raises as `changed`."""
    before = present or {}
    factors = dict(before.get(MEMBER, NONE_ACTIVE))
    if settings["MfaConfiguration"] == "OFF":
        factors = dict(NONE_ACTIVE)
    elif not (factors["SoftwareToken"] or factors["Email"] is not None):
        if "SmsConfiguration" not in settings:
            raise InvalidParameter(SMS_NOT_CONFIGURED)
        factors["Sms"] = True
    elif "SmsConfiguration" not in settings:
        factors["Sms"] = False
    after = {**settings, MEMBER: factors}
    if PASSKEYS in before:
        after[PASSKEYS] = before[PASSKEYS]
    check(after)
    return after


def check(settings: Settings) -> None:
    """Rules between members, however they were set."""
    factors = settings.get(MEMBER, NONE_ACTIVE)
    is_any = factors["Sms"] or factors["SoftwareToken"] or factors["Email"] is not None
    if settings["MfaConfiguration"] != "OFF" and not is_any:
        raise InvalidParameter(ON_WITHOUT_FACTOR)
    if factors["Email"] is not None:
        _check_email(settings)
    if passkeys_are_both(settings):
        tiers.check(settings, "WebAuthnConfiguration.FactorConfiguration")


def describe(settings: Settings) -> dict[str, Any]:
    """What GetUserPoolMfaConfig answers; SmsMfaConfiguration and its like only where active."""
    factors = settings.get(MEMBER, NONE_ACTIVE)
    described: dict[str, Any] = {"MfaConfiguration": settings["MfaConfiguration"]}
    if factors["Sms"]:
        names = ("SmsAuthenticationMessage", "SmsConfiguration")
        described["SmsMfaConfiguration"] = {n: settings[n] for n in names if n in settings}
    if settings["MfaConfiguration"] != "OFF":
        described["SoftwareTokenMfaConfiguration"] = {"Enabled": factors["SoftwareToken"]}
    if factors["Email"] is not None:
        described["EmailMfaConfiguration"] = factors["Email"]
    if PASSKEYS in settings:
        described[PASSKEYS] = settings[PASSKEYS]
    return described


def _apply_sms(settings: dict[str, Any], factors: dict[str, Any], sms: Settings | None) -> None:
    """The message and the sender are members of the pool's own settings as well."""
    if sms is None:
        return
    if "SmsConfiguration" in sms:
        settings["SmsConfiguration"] = sms["SmsConfiguration"]
    if "SmsConfiguration" not in settings:
        raise InvalidParameter("SmsConfiguration is required for SMS MFA.")
    if "SmsAuthenticationMessage" in sms:
        settings["SmsAuthenticationMessage"] = sms["SmsAuthenticationMessage"]
    factors["Sms"] = True


def _passkeys(present: Settings, given: Settings) -> dict[str, Any]:
    configuration = {"UserVerification": "preferred", **present, **given}
    relying_party = configuration.get("RelyingPartyId")
    if relying_party is not None and not _HOST.fullmatch(relying_party):
        # Web Authentication Level 3 §5.4.2: a relying party's id is a valid domain string.
        raise InvalidParameter("RelyingPartyId must be a domain name in lower case.")
    return configuration


def _check_email(settings: Settings) -> None:
    tiers.check(settings, "EmailMfaConfiguration")
    recovery = settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
    if [mechanism["Name"] for mechanism in recovery] == ["verified_email"]:
        # Whoever reads the mailbox would have the password and the second factor.
        raise InvalidParameter(
            "Email MFA cannot be configured where verified_email is the only account recovery "
            "mechanism."
        )
