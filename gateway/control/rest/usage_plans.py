"""CreateUsagePlan, GetUsagePlan, GetUsagePlans, UpdateUsagePlan, DeleteUsagePlan."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import usage_plans
from gateway.control.account.changes import changes_keys
from gateway.control.account.finding import find_key, find_plan
from gateway.control.account.models import UsagePlan, UsagePlanKey
from gateway.control.errors import ERRORS
from gateway.control.rest.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@changes_keys(family, "CreateUsagePlan")
def create_usage_plan(session: Session, call: Call, request: Input) -> Output:
    return usage_plans.present(usage_plans.create(session, call, request))


@family.reads("GetUsagePlan")
def get_usage_plan(session: Session, call: Call, request: Input) -> Output:
    return usage_plans.present(find_plan(session, call, request["usagePlanId"]))


@family.reads("GetUsagePlans")
def get_usage_plans(session: Session, call: Call, request: Input) -> Output:
    query = select(UsagePlan).where(
        UsagePlan.account == call.account, UsagePlan.region == call.region
    )
    if request.get("keyId"):
        key = find_key(session, call, request["keyId"])
        holding = select(UsagePlanKey.plan_id).where(UsagePlanKey.key_id == key.id)
        query = query.where(UsagePlan.id.in_(holding))
    return page(session, call, request, query, UsagePlan.id, usage_plans.present)


@changes_keys(family, "UpdateUsagePlan")
def update_usage_plan(session: Session, call: Call, request: Input) -> Output:
    plan = find_plan(session, call, request["usagePlanId"], lock=True)
    usage_plans.update(session, call, plan, request)
    return usage_plans.present(plan)


@changes_keys(family, "DeleteUsagePlan")
def delete_usage_plan(session: Session, call: Call, request: Input) -> None:
    plan = find_plan(session, call, request["usagePlanId"])
    usage_plans.require_unused(plan)
    session.delete(plan)
