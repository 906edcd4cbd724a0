"""GetProvisionedLimit and UpdateProvisionedLimit: request rates by category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidParameter, ServiceQuotaExceeded
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules.rate_limits import DEFAULTS, HIGHEST
from idp.user_pools.services import rate_limits
from kernel.aws.operations import Call, Input, Output
from kernel.threads import in_thread

family = cognito_idp()


@family.operation("GetProvisionedLimit")
def get_provisioned_limit(call: Call, request: Input) -> Output:
    return {"Limit": _describe(call, _category(request["LimitDefinition"]))}


@family.operation("UpdateProvisionedLimit")
def update_provisioned_limit(call: Call, request: Input) -> Output:
    """ "The value must be between the default limit and your account-level maximum limit"."""
    category = _category(request["LimitDefinition"])
    rate = request["RequestedLimitValue"]
    if rate < DEFAULTS[category]:
        raise InvalidParameter(
            f"RequestedLimitValue must be at least the default limit, {DEFAULTS[category]}."
        )
    if rate > HIGHEST:
        raise ServiceQuotaExceeded(f"RequestedLimitValue can be {HIGHEST} at most.")
    limits = rate_limits.of(call.kernel)
    in_thread(limits.provision, call.account, call.region, category, rate)
    limits.announce()
    return {"Limit": _describe(call, category)}


def _category(definition: Mapping[str, Any]) -> str:
    attributes = definition["Attributes"]
    category = attributes.get("Category")
    if set(attributes) != {"Category"} or category not in DEFAULTS:
        raise InvalidParameter(
            "Attributes must hold Category alone, which is one of " + ", ".join(DEFAULTS) + "."
        )
    return str(category)


def _describe(call: Call, category: str) -> Output:
    """LimitType. Where nothing is limited the provisioned value is the highest there is."""
    enforced = rate_limits.of(call.kernel).enforced(call.account, call.region, category)
    return {
        "LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}},
        "ProvisionedLimitValue": HIGHEST if enforced is None else enforced,
        "FreeLimitValue": DEFAULTS[category],
    }
