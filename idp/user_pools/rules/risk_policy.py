"""What a risk configuration may say, and what it means (SetRiskConfiguration)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.errors import AddOnNotEnabled, InvalidParameter
from idp.user_pools.rules.risk import Level

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

OFF, AUDIT, ENFORCED = "OFF", "AUDIT", "ENFORCED"

MEMBERS = (
    "CompromisedCredentialsRiskConfiguration",
    "AccountTakeoverRiskConfiguration",
    "RiskExceptionConfiguration",
)

SIGN_IN, PASSWORD_CHANGE, SIGN_UP = "SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"
EVENTS = frozenset({SIGN_IN, PASSWORD_CHANGE, SIGN_UP})

LEVELS = {"LowAction": Level.LOW, "MediumAction": Level.MEDIUM, "HighAction": Level.HIGH}

TEMPLATES = {
    "BLOCK": "BlockEmail",
    "MFA_IF_CONFIGURED": "MfaEmail",
    "MFA_REQUIRED": "MfaEmail",
    "NO_ACTION": "NoActionEmail",
}
"""The member of NotifyConfiguration that tells a user of an action."""


def require(settings: Mapping[str, Any]) -> None:
    """Raises `AddOnNotEnabled` where no flow of the pool is watched."""
    if not is_on(settings):
        raise AddOnNotEnabled


def is_on(settings: Mapping[str, Any]) -> bool:
    """Whether any flow of the pool is watched."""
    return mode(settings) != OFF or mode(settings, is_custom=True) != OFF


def mode(settings: Mapping[str, Any], *, is_custom: bool = False) -> str:
    """OFF, AUDIT or ENFORCED; custom authentication has a mode of its own (CustomAuthMode)."""
    add_ons = settings.get("UserPoolAddOns")
    if not add_ons:
        return OFF
    if is_custom:
        flows = add_ons.get("AdvancedSecurityAdditionalFlows", {})
        return str(flows.get("CustomAuthMode", OFF))
    return str(add_ons.get("AdvancedSecurityMode", OFF))


@dataclass(frozen=True)
class Reaction:
    """AccountTakeoverActionType."""

    action: str = "NO_ACTION"
    notify: bool = False


@dataclass(frozen=True)
class RiskPolicy:
    """A risk configuration, read once. Without one everything is recorded and nothing is done."""

    guarded: frozenset[str] = EVENTS
    """The events whose passwords are looked up."""
    blocks_compromised: bool = False
    reactions: Mapping[Level, Reaction] = field(default_factory=dict)
    notification: Mapping[str, Any] = field(default_factory=dict)
    """NotifyConfiguration."""
    blocked: Sequence[Network] = ()
    skipped: Sequence[Network] = ()

    def blocks(self, address: str) -> bool:
        """Whether the address is on the always-block list."""
        return _is_in(address, self.blocked)

    def skips(self, address: str) -> bool:
        """Whether no risk is looked for; the always-block list goes before."""
        return _is_in(address, self.skipped)

    def reaction(self, level: Level) -> Reaction:
        return self.reactions.get(level, Reaction())


def read(document: Mapping[str, Any]) -> RiskPolicy:
    """The policy of a configuration that `check` has let through."""
    compromised = document.get("CompromisedCredentialsRiskConfiguration", {})
    takeover = document.get("AccountTakeoverRiskConfiguration", {})
    exceptions = document.get("RiskExceptionConfiguration", {})
    return RiskPolicy(
        # "Defaults to all events."
        guarded=frozenset(compromised.get("EventFilter") or EVENTS),
        blocks_compromised=compromised.get("Actions", {}).get("EventAction") == "BLOCK",
        reactions={
            LEVELS[name]: Reaction(action["EventAction"], action["Notify"])
            for name, action in takeover.get("Actions", {}).items()
        },
        notification=takeover.get("NotifyConfiguration", {}),
        blocked=_networks(exceptions.get("BlockedIPRangeList", ())),
        skipped=_networks(exceptions.get("SkippedIPRangeList", ())),
    )


def check(document: Mapping[str, Any]) -> None:
    """Raises `InvalidParameter` where members contradict each other or make no sense."""
    takeover = document.get("AccountTakeoverRiskConfiguration")
    if takeover is not None:
        _check_takeover(takeover)
    exceptions = document.get("RiskExceptionConfiguration", {})
    blocked = _networks(exceptions.get("BlockedIPRangeList", ()))
    skipped = _networks(exceptions.get("SkippedIPRangeList", ()))
    both = set(blocked).intersection(skipped)
    if both:
        raise InvalidParameter(f"{both.pop()} cannot be both always blocked and always allowed.")


def _check_takeover(takeover: Mapping[str, Any]) -> None:
    actions, notification = takeover["Actions"], takeover.get("NotifyConfiguration")
    if not actions:
        raise InvalidParameter("At least one account takeover action is required.")
    if notification is None and any(action["Notify"] for action in actions.values()):
        raise InvalidParameter("NotifyConfiguration is required where an action notifies users.")
    for name in sorted(set(TEMPLATES.values())):
        template = (notification or {}).get(name)
        if template is not None and not (template.get("HtmlBody") or template.get("TextBody")):
            raise InvalidParameter(f"{name} needs an HtmlBody or a TextBody.")


def _networks(ranges: Sequence[str]) -> tuple[Network, ...]:
    return tuple(_network(each) for each in ranges)


def _network(text: str) -> Network:
    """A range in CIDR notation; host bits are a slip that would block the wrong ones."""
    try:
        if "/" not in text:
            raise ValueError
        return ipaddress.ip_network(text)
    except ValueError:
        raise InvalidParameter(f"{text} is not a valid IP range in CIDR notation.") from None


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    if not networks:
        return False
    try:
        parsed = plain(ipaddress.ip_address(address))
    except ValueError:
        return False
    return any(parsed in each for each in networks if each.version == parsed.version)


def plain(address: Address) -> Address:
    """An IPv4 address that came over an IPv6 socket is the IPv4 address (RFC 4291 §2.5.5.2)."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
