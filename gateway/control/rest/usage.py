"""GetUsage and UpdateUsage: what keys have used of a plan's quota."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import plan_keys, usage
from gateway.control.account.finding import find_plan
from gateway.control.account.models import ApiKey, UsagePlanKey
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS
from gateway.control.rest.pages import rows_of_page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@family.reads("GetUsage")
def get_usage(session: Session, call: Call, request: Input) -> Output:
    plan = find_plan(session, call, request["usagePlanId"])
    days = usage.read_days(request)
    keys: Sequence[ApiKey]
    if request.get("keyId"):
        keys, position = [plan_keys.find(session, call, plan, request["keyId"])], None
    else:
        held = select(UsagePlanKey.key_id).where(UsagePlanKey.plan_id == plan.id)
        query = select(ApiKey).where(ApiKey.id.in_(held))
        keys, position = rows_of_page(session, call, request, query, ApiKey.id)
    output: Output = {
        "usagePlanId": plan.id,
        "startDate": days[0].isoformat(),
        "endDate": days[-1].isoformat(),
        "items": usage.usage_of(session, plan, keys, days),
    }
    return output | ({"position": position} if position else {})


@family.writes("UpdateUsage")
def update_usage(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    plan = find_plan(session, call, request["usagePlanId"])
    key = plan_keys.find(session, call, plan, request["keyId"])
    today = call.kernel.clock.now().date()
    usage.set_remaining(session, plan, key, today, request)
    return {
        "usagePlanId": plan.id,
        "startDate": today.isoformat(),
        "endDate": today.isoformat(),
        "items": usage.usage_of(session, plan, [key], [today]),
    }
