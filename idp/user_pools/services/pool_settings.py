"""What a user pool's settings may be: defaults, rules between members, and refusals.

The defaults and rules are those of the service model's documentation of CreateUserPool. A setting
that Poolgate does not act on and that weakens a pool when it is not acted on is refused rather
than stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import acr, first_factors, mfa_settings, tiers
from idp.user_pools.rules.trigger_events import LINK, LINK_PARAMETER

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
# AWS tagging best practices, "Tag naming limits": letters and digits of any script among others.
TAG = re.compile(r"[\w .:/=+@-]+")

NOT_STORED = ("PoolName", "Schema", "UserPoolId")


def for_new_pool(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings document of a new pool.

    Raises `InvalidParameter`, `FeatureUnavailableInTier`.
    """
    settings = _with_defaults(request)
    settings.setdefault("UsernameConfiguration", {"CaseSensitive": True})
    if settings.get("AliasAttributes") and settings.get("UsernameAttributes"):
        raise InvalidParameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
        )
    return mfa_settings.after_pool_request(settings, None)


def for_update(present: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The document after UpdateUserPool, which resets what the request leaves out.

    Raises as `for_new_pool`; `tier_changes` knows what stands in a lower tier's way beside it.
    """
    settings = _with_defaults(request)
    settings.update({name: present[name] for name in FIXED_MEMBERS if name in present})
    return mfa_settings.after_pool_request(settings, present)


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
    _track_devices(settings)
    settings["AcrConfiguration"] = acr.effective(settings.get("AcrConfiguration", {}))
    return settings


def _policies(policies: Mapping[str, Any]) -> dict[str, Any]:
    password = {**PASSWORD_POLICY_DEFAULTS, **policies.get("PasswordPolicy", {})}
    if not password["TemporaryPasswordValidityDays"]:
        # "If you submit a value of 0, Amazon Cognito treats it as a null value."
        password["TemporaryPasswordValidityDays"] = 7
    sign_in = {"AllowedFirstAuthFactors": ["PASSWORD"], **policies.get("SignInPolicy", {})}
    first_factors.check_policy(sign_in["AllowedFirstAuthFactors"])
    return {"PasswordPolicy": password, "SignInPolicy": sign_in}


def _track_devices(settings: dict[str, Any]) -> None:
    """ "When you provide a value for any DeviceConfiguration field, you activate" device tracking;
    without any it is off, as where the member is missing."""
    configuration = settings.pop("DeviceConfiguration", {})
    if configuration:
        settings["DeviceConfiguration"] = {
            "ChallengeRequiredOnNewDevice": False,
            "DeviceOnlyRememberedOnUserPrompt": False,
            **configuration,
        }


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
    if not LINK.search(template.get("EmailMessageByLink", LINK_PARAMETER)):
        raise InvalidParameter("EmailMessageByLink must hold a link, as {##Click Here##}.")
    return template


def _lambda_config(given: Mapping[str, Any]) -> dict[str, Any]:
    if {"CustomSMSSender", "CustomEmailSender"} & given.keys() and "KMSKeyID" not in given:
        raise InvalidParameter("KMSKeyID is required for CustomSMSSender and CustomEmailSender.")
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
    _check_registration(given)
    _check_key(given.get("KeyConfiguration", {}))
    if given.get("IssuerConfiguration", {}).get("Type", "ORIGINAL") != "ORIGINAL":
        raise InvalidParameter("IssuerConfiguration can only have the Type ORIGINAL.")
    _check_recovery(given.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", []))
    check_tags(given.get("UserPoolTags", {}))


def _check_registration(given: Mapping[str, Any]) -> None:
    """ "If you provide a dynamic client registration configuration without this value, Amazon
    Cognito turns dynamic client registration on." """
    if given.get("DcrConfiguration", {"EnableStatus": "Disabled"}) != {"EnableStatus": "Disabled"}:
        raise InvalidParameter(
            "DcrConfiguration can only have the EnableStatus Disabled: `poolgate pools oauth` "
            "turns dynamic client registration on."
        )


def _check_key(key: Mapping[str, Any]) -> None:
    if key.get("KeyType", "AWS_OWNED_KEY") != "AWS_OWNED_KEY" or "KmsKeyArn" in key:
        raise InvalidParameter(
            "KeyConfiguration can only have the KeyType AWS_OWNED_KEY, without a KmsKeyArn: "
            "there is no KMS here."
        )


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise InvalidParameter(f"A user pool can have at most {MOST_TAGS} tags.")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise InvalidParameter("Tag keys that start with aws: are reserved.")
        if not TAG.fullmatch(key) or not TAG.fullmatch(value or "-"):
            raise InvalidParameter(
                "Tags can have letters, digits, spaces and the characters _.:/=+-@."
            )


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
