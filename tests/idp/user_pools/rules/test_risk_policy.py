"""What a risk configuration means, and which ones are refused."""

from __future__ import annotations

from typing import Any

import pytest

from idp.errors import AddOnNotEnabled, InvalidParameter
from idp.user_pools.rules import risk_policy
from idp.user_pools.rules.risk import Level
from idp.user_pools.rules.risk_policy import Reaction, check, read


def exceptions(**lists: list[str]) -> dict[str, Any]:
    return {"RiskExceptionConfiguration": lists}


def test_without_a_configuration_nothing_is_done() -> None:
    policy = read({})
    assert policy.reaction(Level.HIGH) == Reaction("NO_ACTION", notify=False)
    assert not policy.blocks_compromised
    assert not policy.blocks("192.0.2.1")


def test_an_event_filter_defaults_to_all_events() -> None:
    actions = {"Actions": {"EventAction": "BLOCK"}}
    policy = read({"CompromisedCredentialsRiskConfiguration": actions})
    assert policy.guarded == {"SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"}


@pytest.mark.parametrize(
    ("address", "is_blocked"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("192.0.3.1", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_addresses_are_matched_in_any_spelling(address: str, is_blocked: bool) -> None:
    policy = read(exceptions(BlockedIPRangeList=["192.0.2.0/24", "2001:db8::/32"]))
    assert policy.blocks(address) is is_blocked


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "192.0.2.1/24", "192.0.2.0/33", "example.com/8", "", "/8", "::/129"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        check(exceptions(SkippedIPRangeList=[text]))


def test_a_range_cannot_be_blocked_and_allowed() -> None:
    with pytest.raises(InvalidParameter):
        check(exceptions(BlockedIPRangeList=["10.0.0.0/8"], SkippedIPRangeList=["10.0.0.0/8"]))


@pytest.mark.parametrize(
    "takeover",
    [
        {"Actions": {}},
        {"Actions": {"LowAction": {"Notify": True, "EventAction": "BLOCK"}}},
        {
            "Actions": {"LowAction": {"Notify": False, "EventAction": "BLOCK"}},
            "NotifyConfiguration": {"SourceArn": "arn", "BlockEmail": {"Subject": "s"}},
        },
    ],
)
def test_members_that_contradict_each_other_are_refused(takeover: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter):
        check({"AccountTakeoverRiskConfiguration": takeover})


def test_threat_protection_is_required_where_no_flow_is_watched() -> None:
    with pytest.raises(AddOnNotEnabled):
        risk_policy.require({"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}})
    risk_policy.require({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})


def test_custom_authentication_has_a_mode_of_its_own() -> None:
    add_ons = {
        "AdvancedSecurityMode": "ENFORCED",
        "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
    }
    settings = {"UserPoolAddOns": add_ons}
    assert risk_policy.mode(settings) == "ENFORCED"
    assert risk_policy.mode(settings, is_custom=True) == "AUDIT"
    assert (
        risk_policy.mode({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}, is_custom=True)
        == "OFF"
    )
