"""CreateUsagePlanKey, GetUsagePlanKey, GetUsagePlanKeys, DeleteUsagePlanKey."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import plan_keys
from gateway.control.account.api_keys import value_of
from gateway.control.account.changes import changes_keys
from gateway.control.account.finding import find_plan
from gateway.control.account.models import ApiKey, UsagePlanKey
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS
from gateway.control.rest.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@changes_keys(family, "CreateUsagePlanKey")
def create_usage_plan_key(session: Session, call: Call, request: Input) -> Output:
    plan = find_plan(session, call, request["usagePlanId"])
    key = plan_keys.add(session, call, plan, request["keyId"], request["keyType"])
    return plan_keys.present(key, value_of(call, key))


@family.reads("GetUsagePlanKey")
def get_usage_plan_key(session: Session, call: Call, request: Input) -> Output:
    plan = find_plan(session, call, request["usagePlanId"])
    key = plan_keys.find(session, call, plan, request["keyId"])
    return plan_keys.present(key, value_of(call, key))


@family.reads("GetUsagePlanKeys")
def get_usage_plan_keys(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    plan = find_plan(session, call, request["usagePlanId"])
    held = select(UsagePlanKey.key_id).where(UsagePlanKey.plan_id == plan.id)
    query = select(ApiKey).where(ApiKey.id.in_(held))
    if request.get("nameQuery"):
        name = ApiKey.document["name"].as_string()
        query = query.where(name.startswith(request["nameQuery"], autoescape=True))
    return page(
        session,
        call,
        request,
        query,
        ApiKey.id,
        lambda key: plan_keys.present(key, value_of(call, key)),
    )


@changes_keys(family, "DeleteUsagePlanKey")
def delete_usage_plan_key(session: Session, call: Call, request: Input) -> None:
    plan = find_plan(session, call, request["usagePlanId"])
    plan_keys.remove(session, plan, plan_keys.find(session, call, plan, request["keyId"]))
