"""Which feature plan a setting needs."""

from __future__ import annotations

import pytest

from idp.errors import FeatureUnavailableInTier
from idp.user_pools.rules import tiers

SETTINGS = {
    "AcrConfiguration": ({"AcrConfiguration": {"Level1": "urn:x"}}, "LITE"),
    "DcrConfiguration": ({"DcrConfiguration": {"EnableStatus": "Enabled"}}, "LITE"),
    "SignInPolicy": (
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
        "LITE",
    ),
    "PasswordHistorySize": ({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}}, "LITE"),
    "PreTokenGenerationConfig": (
        {"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0"}}},
        "LITE",
    ),
    "AdvancedSecurityMode": (
        {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
        "ESSENTIALS",
    ),
}


@pytest.mark.parametrize("feature", SETTINGS)
def test_a_setting_beyond_the_tier_is_refused_and_within_it_taken(feature):
    settings, too_low = SETTINGS[feature]
    with pytest.raises(FeatureUnavailableInTier, match=feature):
        tiers.check_pool({**settings, "UserPoolTier": too_low})
    tiers.check_pool({**settings, "UserPoolTier": tiers.NEEDED[feature]})
    tiers.check_pool({**settings, "UserPoolTier": "PLUS"})


def test_every_feature_of_pools_is_under_test():
    assert set(SETTINGS) == set(tiers._USED_BY_POOL)
    assert set(tiers._USED_BY_POOL) <= set(tiers.NEEDED)


@pytest.mark.parametrize("tier", ["LITE", "ESSENTIALS", "PLUS"])
def test_what_describe_gives_back_as_a_default_turns_nothing_on(tier):
    tiers.check_pool(
        {
            "UserPoolTier": tier,
            "Policies": {
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
                "PasswordPolicy": {"PasswordHistorySize": 0},
            },
            "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"},
            "LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V1_0"}},
        }
    )


def test_the_tier_is_essentials_where_none_is_given():
    tiers.check_pool(SETTINGS["SignInPolicy"][0])
    with pytest.raises(FeatureUnavailableInTier):
        tiers.check_pool(SETTINGS["AdvancedSecurityMode"][0])


@pytest.mark.parametrize("tier", ["LITE", "ESSENTIALS", None])
@pytest.mark.parametrize(
    "add_ons",
    [
        {"AdvancedSecurityMode": "AUDIT"},
        {"AdvancedSecurityMode": "ENFORCED"},
        {
            "AdvancedSecurityMode": "OFF",
            "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
        },
    ],
)
def test_threat_protection_needs_the_plus_tier(add_ons, tier):
    with pytest.raises(FeatureUnavailableInTier):
        tiers.check_pool({"UserPoolAddOns": add_ons, **({"UserPoolTier": tier} if tier else {})})
