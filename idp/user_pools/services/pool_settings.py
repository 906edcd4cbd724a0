"""What a user pool's settings may be: defaults, rules between members, and refusals.

The defaults and rules are those of the service model's documentation of CreateUserPool. A setting
that Poolgate does not act on yet and that weakens a pool when it is not acted on (MFA, threat
protection) is refused rather than stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import tiers

DEFAULTS: Mapping[str, Any] = {
    "Policies": {},
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {},
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
    "MfaConfiguration": "OFF",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
    "UserPoolTier": "ESSENTIALS",
}

PASSWORD_POLICY_DEFAULTS: Mapping[str, Any] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}

# Fixed at creation: UpdateUserPool has no such members, so an update keeps them.
FIXED_MEMBERS = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")

MOST_TAGS = 50

NOT_STORED = ("PoolName", "Schema", "UserPoolId")

TRIGGERS_WITHOUT_CONSUMER = (
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "CustomSMSSender",
    "CustomEmailSender",
    "InboundFederation",
    "UserMigration",
    "KMSKeyID",
)


def for_new_pool(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings document of a new pool. Raises `InvalidParameter`."""
    settings = _with_defaults(request)
    settings.setdefault("UsernameConfiguration", {"CaseSensitive": True})
    if settings.get("AliasAttributes") and settings.get("UsernameAttributes"):
        raise InvalidParameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
        )
    return settings


def for_update(present: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The document after UpdateUserPool, which resets what the request leaves out."""
    settings = _with_defaults(request)
    settings.update({name: present[name] for name in FIXED_MEMBERS if name in present})
    return settings


def _with_defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in request.items() if name not in NOT_STORED}
    _check(given)
    settings = {**DEFAULTS, **given}
    settings["Policies"] = _policies(given.get("Policies", {}))
    settings["AdminCreateUserConfig"] = {
        "AllowAdminCreateUserOnly": False,
        **given.get("AdminCreateUserConfig", {}),
        "UnusedAccountValidityDays": settings["Policies"]["PasswordPolicy"][
            "TemporaryPasswordValidityDays"
        ],
    }
    settings["VerificationMessageTemplate"] = _verification_template(given)
    settings["LambdaConfig"] = _lambda_config(given.get("LambdaConfig", {}))
    return settings


def _policies(policies: Mapping[str, Any]) -> dict[str, Any]:
    password = {**PASSWORD_POLICY_DEFAULTS, **policies.get("PasswordPolicy", {})}
    if not password["TemporaryPasswordValidityDays"]:
        # "If you submit a value of 0, Amazon Cognito treats it as a null value."
        password["TemporaryPasswordValidityDays"] = 7
    sign_in = policies.get("SignInPolicy", {"AllowedFirstAuthFactors": ["PASSWORD"]})
    if sign_in.get("AllowedFirstAuthFactors") != ["PASSWORD"]:
        raise InvalidParameter(
            "AllowedFirstAuthFactors can only be PASSWORD: "
            "choice-based sign-in is not supported yet."
        )
    return {"PasswordPolicy": password, "SignInPolicy": sign_in}


def _verification_template(given: Mapping[str, Any]) -> dict[str, Any]:
    """The legacy top-level messages and the template are one setting, as AWS returns them."""
    template = {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        **given.get("VerificationMessageTemplate", {}),
    }
    legacy = {
        "SmsVerificationMessage": "SmsMessage",
        "EmailVerificationMessage": "EmailMessage",
        "EmailVerificationSubject": "EmailSubject",
    }
    for old, new in legacy.items():
        if old in given:
            template.setdefault(new, given[old])
    if "EmailMessage" in template and "EmailMessageByLink" in template:
        # "When you supply both parameters with either choice, Amazon Cognito returns an error."
        raise InvalidParameter("EmailMessage and EmailMessageByLink exclude each other.")
    if template["DefaultEmailOption"] == "CONFIRM_WITH_LINK":
        raise InvalidParameter("CONFIRM_WITH_LINK is not supported yet; use CONFIRM_WITH_CODE.")
    return template


def _lambda_config(given: Mapping[str, Any]) -> dict[str, Any]:
    for name in TRIGGERS_WITHOUT_CONSUMER:
        if name in given:
            raise InvalidParameter(f"{name} of LambdaConfig is not supported yet.")
    config = dict(given)
    detailed = config.get("PreTokenGenerationConfig")
    if detailed:
        legacy = config.setdefault("PreTokenGeneration", detailed["LambdaArn"])
        if legacy != detailed["LambdaArn"]:
            raise InvalidParameter(
                "PreTokenGeneration and PreTokenGenerationConfig must name the same function."
            )
    elif "PreTokenGeneration" in config:
        config["PreTokenGenerationConfig"] = {
            "LambdaVersion": "V1_0",
            "LambdaArn": config["PreTokenGeneration"],
        }
    return config


def _check(given: Mapping[str, Any]) -> None:
    tiers.check_pool(given)
    if given.get("MfaConfiguration", "OFF") != "OFF":
        raise InvalidParameter("MfaConfiguration can only be OFF: MFA is not supported yet.")
    add_ons = given.get("UserPoolAddOns", {})
    if (
        add_ons.get("AdvancedSecurityMode", "OFF") != "OFF"
        or "AdvancedSecurityAdditionalFlows" in add_ons
    ):
        raise InvalidParameter("AdvancedSecurityMode can only be OFF: it is not supported yet.")
    if "DeviceConfiguration" in given:
        raise InvalidParameter("DeviceConfiguration is not supported yet.")
    if given.get("DcrConfiguration", {}).get("EnableStatus", "Disabled") != "Disabled":
        raise InvalidParameter("DcrConfiguration is not supported yet.")
    if given.get("KeyConfiguration", {}).get("KeyType", "AWS_OWNED_KEY") != "AWS_OWNED_KEY":
        raise InvalidParameter("KeyConfiguration can only have the KeyType AWS_OWNED_KEY.")
    if given.get("IssuerConfiguration", {}).get("Type", "ORIGINAL") != "ORIGINAL":
        raise InvalidParameter("IssuerConfiguration can only have the Type ORIGINAL.")
    if given.get("AcrConfiguration"):
        raise InvalidParameter("AcrConfiguration is not supported yet.")
    _check_recovery(given.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", []))
    check_tags(given.get("UserPoolTags", {}))


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise InvalidParameter(f"A user pool can have at most {MOST_TAGS} tags.")


def _check_recovery(mechanisms: list[dict[str, Any]]) -> None:
    names = [mechanism["Name"] for mechanism in mechanisms]
    priorities = [mechanism["Priority"] for mechanism in mechanisms]
    if len(set(names)) != len(names) or len(set(priorities)) != len(priorities):
        raise InvalidParameter("Account Recovery Setting has duplicate names or priorities.")
    if "admin_only" in names and len(names) > 1:
        raise InvalidParameter(
            "Account Recovery Setting cannot use admin_only setting with any other recovery "
            "mechanisms."
        )
