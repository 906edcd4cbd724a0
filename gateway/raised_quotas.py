"""The quotas that an operator raises by the setting `gateway_quotas`: those that AWS raises on
request."""

from __future__ import annotations

from collections.abc import Mapping

from gateway import quotas
from kernel.settings import SettingError, Settings

RAISABLE: Mapping[str, str] = {
    "routes_per_api": "ROUTES_PER_API",
    "stages_per_api": "STAGES_PER_API",
    "authorizers_per_api": "AUTHORIZERS_PER_API",
    "custom_domains_per_account": "CUSTOM_DOMAINS_PER_ACCOUNT_AND_REGION",
    "vpc_links_per_account": "VPC_LINKS_PER_ACCOUNT_AND_REGION",
    "subnets_per_vpc_link": "SUBNETS_PER_VPC_LINK",
}
"""The names that operators use, and the constants that hold the defaults."""

RAISED_AT_MOST = 10
"""Times the default: each change of an API reads its routes, stages and authorizers."""


def most(name: str, settings: Settings) -> int:
    """A quota of `RAISABLE`: the operator's own, or the default."""
    return dict(settings.gateway_quotas).get(name, default(name))


def default(name: str) -> int:
    """A quota of `RAISABLE` as it is without a setting."""
    number: int = getattr(quotas, RAISABLE[name])
    return number


def check(settings: Settings) -> None:
    """Raises `SettingError` for a quota that cannot be raised, or not to that number."""
    for name, number in settings.gateway_quotas:
        if name not in RAISABLE:
            known = ", ".join(RAISABLE)
            raise SettingError(f"gateway_quotas names {name}, which is none of {known}.")
        least, highest = default(name), RAISED_AT_MOST * default(name)
        if not least <= number <= highest:
            raise SettingError(f"gateway_quotas: {name} must be from {least} to {highest}.")
