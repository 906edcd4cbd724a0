"""Which feature plan a setting needs: one table, and one check.

The service model says it of each setting, as in SignInPolicyType: "To activate this setting, your
user pool must be in the Essentials tier or higher". Here a plan costs nothing; it is a switch that
an operator sets, and configurations that AWS would refuse are refused likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from idp.errors import FeatureUnavailableInTier
from idp.user_pools.rules import acr, risk_policy

LITE, ESSENTIALS, PLUS = "LITE", "ESSENTIALS", "PLUS"
_RANKS = {LITE: 0, ESSENTIALS: 1, PLUS: 2}

NEEDED: Mapping[str, str] = {
    "AcrConfiguration": ESSENTIALS,
    "TARGET_ACR_VALUES": ESSENTIALS,
    "acr_values": ESSENTIALS,
    "DcrConfiguration": ESSENTIALS,
    "SignInPolicy": ESSENTIALS,
    "PasswordHistorySize": ESSENTIALS,
    "PreTokenGenerationConfig": ESSENTIALS,
    "EmailMfaConfiguration": ESSENTIALS,
    "WebAuthnConfiguration.FactorConfiguration": ESSENTIALS,
    "ALLOW_USER_AUTH": ESSENTIALS,
    "USER_AUTH": ESSENTIALS,
    "ManagedLoginVersion": ESSENTIALS,
    "UserPoolReplica": ESSENTIALS,
    "SessionConfiguration": ESSENTIALS,
    "AdvancedSecurityMode": PLUS,
    "RiskConfiguration": PLUS,
    "LogDeliveryConfiguration.userAuthEvents": PLUS,
}
"""The least tier by feature. Each name is the member, or the value, that turns the feature on."""


def includes(settings: Mapping[str, Any], feature: str) -> bool:
    """Whether the tier of a pool with these settings has the feature."""
    return _RANKS[_tier(settings)] >= _RANKS[NEEDED[feature]]


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[str]:
    """The features that a pool's tier had and its new one lacks: none where it is no lower."""
    return [each for each in NEEDED if includes(before, each) and not includes(after, each)]


def check(settings: Mapping[str, Any], *features: str) -> None:
    """Raises `FeatureUnavailableInTier` for the first of the features that the tier lacks."""
    for feature in features:
        if not includes(settings, feature):
            needed = NEEDED[feature]
            raise FeatureUnavailableInTier(
                f"{feature} is not available in the {_tier(settings)} tier: it needs {needed}"
                f"{' or PLUS' if needed == ESSENTIALS else ''}."
            )


def check_pool(settings: Mapping[str, Any]) -> None:
    """The same for CreateUserPool's and UpdateUserPool's members that a request gives."""
    check(settings, *(feature for feature, is_used in _USED_BY_POOL.items() if is_used(settings)))


def check_client(pool_settings: Mapping[str, Any], client_settings: Mapping[str, Any]) -> None:
    """The same for an app client's settings."""
    if "ALLOW_USER_AUTH" in client_settings.get("ExplicitAuthFlows", ()):
        check(pool_settings, "ALLOW_USER_AUTH")


def check_domain(pool_settings: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """The same for a domain: "any feature plan other than Lite" has managed login."""
    if request.get("ManagedLoginVersion", 1) != 1:
        check(pool_settings, "ManagedLoginVersion")


def _tier(settings: Mapping[str, Any]) -> str:
    return str(settings.get("UserPoolTier", ESSENTIALS))


def _policies(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    policies: Mapping[str, Any] = settings.get("Policies", {})
    return policies


_USED_BY_POOL: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    # A described pool may be written back whole in every tier: that customises nothing.
    "AcrConfiguration": lambda given: acr.is_customised(given.get("AcrConfiguration", {})),
    "DcrConfiguration": lambda given: (
        given.get("DcrConfiguration", {}).get("EnableStatus", "Disabled") != "Disabled"
    ),
    # The default that DescribeUserPool gives back turns nothing on.
    "SignInPolicy": lambda given: (
        _policies(given).get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ["PASSWORD"])
        != ["PASSWORD"]
    ),
    "PasswordHistorySize": lambda given: bool(
        _policies(given).get("PasswordPolicy", {}).get("PasswordHistorySize")
    ),
    # V1_0 is the trigger that every tier has.
    "PreTokenGenerationConfig": lambda given: (
        given.get("LambdaConfig", {})
        .get("PreTokenGenerationConfig", {})
        .get("LambdaVersion", "V1_0")
        != "V1_0"
    ),
    # Custom authentication has a mode of its own.
    "AdvancedSecurityMode": risk_policy.is_on,
}
