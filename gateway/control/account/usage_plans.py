"""Usage plans: the stages they open, and the limits they set for each key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.finding import require_room, require_stage
from gateway.control.account.models import UsagePlan, UsagePlanKey
from gateway.control.account.patch_rules import Limit, Removed, require_throttle
from gateway.control.account.plan_stages import METHOD_THROTTLES, PlanStage, read_method
from gateway.control.documents import Document
from gateway.control.errors import Conflicting, Invalid
from gateway.control.repository import new_id
from gateway.control.rest.patching import Choice, Number, Patches, Text
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, Output

# The Terraform provider repeats the ranges that AWS's service enforces: an offset is a day.
OFFSETS = {"DAY": 0, "WEEK": 6, "MONTH": 27}
PERIODS = tuple(OFFSETS)
PATCHES = Patches(
    Text("/name", least=1, most=256),
    Text("/description"),
    Removed("/throttle"),
    Limit("/throttle/rateLimit"),
    Limit("/throttle/burstLimit"),
    Removed("/quota"),
    Number("/quota/limit", 1, 2**31 - 1),
    Number("/quota/offset", 0, 27),
    Choice("/quota/period", *PERIODS),
    PlanStage("/apiStages"),
    *METHOD_THROTTLES,
)


def create(session: Session, call: Call, request: Input) -> UsagePlan:
    """A new plan. Raises `Invalid`, `Missing` and `Exceeded`."""
    most = quotas.USAGE_PLANS_PER_ACCOUNT_AND_REGION
    require_room(session, call, UsagePlan, most, "usage plans")
    members = ("name", "description", "throttle", "quota", "tags")
    document = {member: request[member] for member in members if request.get(member)}
    document["apiStages"] = [_api_stage(given) for given in request.get("apiStages") or []]
    plan = UsagePlan(
        id=new_id(call.kernel.randomness, 6, lambda made: session.get(UsagePlan, made)),
        account=call.account,
        region=call.region,
        document={},
    )
    _set(session, call, plan, document)
    session.add(plan)
    return plan


def update(session: Session, call: Call, plan: UsagePlan, request: Input) -> None:
    """Change a plan by patch operations. Raises `Invalid`, `Missing` and `Conflicting`."""
    _set(session, call, plan, PATCHES.apply(plan.document, request))


def require_unused(plan: UsagePlan) -> None:
    """Refuse to delete a plan that still opens stages. Raises `Invalid`."""
    if plan.document.get("apiStages"):
        raise Invalid(
            f"Cannot delete usage plan {plan.id}: remove the API stages that it has first"
        )


def present(plan: UsagePlan) -> Output:
    """A plan as AWS shows it."""
    return {"id": plan.id, **plan.document}


def pairs_of(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The (API, stage) pairs of a plan."""
    return {(each["apiId"], each["stage"]) for each in document.get("apiStages", [])}


def require_one_plan_for_each_stage(
    session: Session, key_ids: Iterable[str], plan: UsagePlan, document: Mapping[str, Any]
) -> None:
    """Refuse a plan that opens a stage which another plan of one of its keys opens.

    "A given API key can only be associated with one usage plan for each stage of your API"
    (developer guide, "Usage plans and API keys for REST APIs"). Raises `Conflicting`.
    """
    pairs, ids = pairs_of(document), list(key_ids)
    if not pairs:
        return
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(UsagePlanKey.key_id, UsagePlan.document)
            .join(UsagePlan, UsagePlan.id == UsagePlanKey.plan_id)
            .where(UsagePlanKey.key_id.in_(ids[start : start + 500]), UsagePlan.id != plan.id)
        )
        for key_id, other in rows:
            if pairs & pairs_of(other):
                raise Conflicting(
                    f"API key {key_id} already belongs to a usage plan with the same API stage"
                )


def _set(session: Session, call: Call, plan: UsagePlan, document: Document) -> None:
    _require_text(document)
    require_tags(document.get("tags", {}))
    require_throttle(document.get("throttle"), "Usage Plan throttle")
    _require_quota(document.get("quota"))
    _require_stages(session, call, plan, document)
    plan.document = document


def _require_text(document: Document) -> None:
    if not 1 <= len(document.get("name", "")) <= 256:
        raise Invalid("Usage Plan name must have from 1 to 256 characters")
    if len(document.get("description", "")) > 1024:
        raise Invalid("Usage Plan description must have at most 1024 characters")


def _require_quota(quota: Document | None) -> None:
    if quota is None:
        return
    if quota.get("period") not in OFFSETS or quota.get("limit") is None:
        raise Invalid("Usage Plan quota needs a limit and a period")
    if not 1 <= quota["limit"] <= 2**31 - 1:
        raise Invalid("Usage Plan quota limit must be a positive number")
    most = OFFSETS[quota["period"]]
    if not 0 <= quota.get("offset", 0) <= most:
        raise Invalid(
            f"Usage Plan quota offset must be from 0 to {most} in the {quota['period']} period"
        )


def _require_stages(session: Session, call: Call, plan: UsagePlan, document: Document) -> None:
    stages = document.get("apiStages", [])
    if len(stages) > quotas.STAGES_PER_USAGE_PLAN:
        raise Invalid(f"A usage plan has at most {quotas.STAGES_PER_USAGE_PLAN} API stages")
    if len(pairs_of(document)) < len(stages):
        raise Conflicting("An API stage is named twice in the usage plan")
    if sum(len(each.get("throttle", {})) for each in stages) > (
        quotas.METHOD_THROTTLES_PER_USAGE_PLAN
    ):
        raise Invalid(
            f"A usage plan has at most {quotas.METHOD_THROTTLES_PER_USAGE_PLAN} method throttles"
        )
    new = pairs_of(document) - pairs_of(plan.document)
    for api_id, stage in sorted(new):
        require_stage(session, call, api_id, stage)
    if new and plan.document:
        holders = select(UsagePlanKey.key_id).where(UsagePlanKey.plan_id == plan.id)
        require_one_plan_for_each_stage(session, session.scalars(holders), plan, document)


def _api_stage(given: Document) -> Document:
    api_id, stage = given.get("apiId"), given.get("stage")
    if not api_id or not stage:
        raise Invalid("An API stage of a usage plan needs an apiId and a stage")
    throttles = {}
    for method, throttle in (given.get("throttle") or {}).items():
        require_throttle(throttle, f"Throttle of {method}")
        throttles[read_method(method)] = throttle
    return {"apiId": api_id, "stage": stage, **({"throttle": throttles} if throttles else {})}
