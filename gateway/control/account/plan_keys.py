"""Which API keys a usage plan has."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.finding import find_key
from gateway.control.account.models import ApiKey, UsagePlan, UsagePlanKey
from gateway.control.account.usage_plans import require_one_plan_for_each_stage
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.control.repository import require_room
from kernel.aws.operations import Call, Output

KEY_TYPE = "API_KEY"


def add(session: Session, call: Call, plan: UsagePlan, key_id: str, key_type: str) -> ApiKey:
    """Give a plan a key. Raises `Invalid`, `Missing`, `Conflicting` and `Exceeded`."""
    if key_type != KEY_TYPE:
        raise Invalid(f"Usage plan key type must be {KEY_TYPE}")
    key = find_key(session, call, key_id)
    if session.get(UsagePlanKey, (plan.id, key.id)) is not None:
        raise Conflicting("Usage Plan Key already exists")
    held = select(UsagePlanKey).where(UsagePlanKey.key_id == key.id)
    require_room(session, held, quotas.USAGE_PLANS_PER_API_KEY, "usage plans for this API key")
    require_one_plan_for_each_stage(session, [key.id], plan, plan.document)
    session.add(UsagePlanKey(plan_id=plan.id, key_id=key.id))
    return key


def find(session: Session, call: Call, plan: UsagePlan, key_id: str) -> ApiKey:
    """A key of a plan. Raises `Missing`."""
    key = find_key(session, call, key_id)
    if session.get(UsagePlanKey, (plan.id, key.id)) is None:
        raise Missing("Invalid Usage Plan Key identifier specified")
    return key


def remove(session: Session, plan: UsagePlan, key: ApiKey) -> None:
    """Take a key off a plan, if it is on it."""
    row = session.get(UsagePlanKey, (plan.id, key.id))
    if row is not None:
        session.delete(row)


def present(key: ApiKey, value: str) -> Output:
    """A key of a plan as AWS shows it."""
    name = {"name": key.document["name"]} if "name" in key.document else {}
    return {"id": key.id, "type": KEY_TYPE, "value": value, **name}
