"""Count the request against the quota of the caller's usage plan, once no throttle stops it."""

from __future__ import annotations

from gateway.context import Identified, Steps
from gateway.effects import SpendQuota
from gateway.replies import QUOTA_EXCEEDED, QUOTA_UNKNOWN


def spend_quota(context: Identified) -> Identified | Steps:
    """429 where the period's quota is used up; 503 where nobody can tell."""
    plan, key = context.plan, context.key
    if plan is None or key is None or plan.quota is None:
        return context
    spend = SpendQuota(plan.plan_id, key.id, plan.quota, plan.quota_period, plan.quota_offset)
    return _spend(context, spend)


def _spend(context: Identified, spend: SpendQuota) -> Steps:
    within = yield spend
    if within is None:
        return QUOTA_UNKNOWN
    return context if within else QUOTA_EXCEEDED
