"""API keys and their usage plans into what the data plane looks keys up in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.control.account.models import ApiKey, UsagePlan, UsagePlanKey
from gateway.control.account.plan_stages import route_key_of
from gateway.control.compiling.stage_settings import throttle_of
from gateway.control.versions import KEYS, version

Document = Mapping[str, Any]


class CompiledKeys:
    """The keys of all accounts, read again only where a key or a plan has changed."""

    def __init__(self) -> None:
        self._number = -1
        self._keys: Mapping[str, snapshot.ApiKey] = {}

    def load(self, session: Session) -> Mapping[str, snapshot.ApiKey]:
        """API keys by fingerprint."""
        # The number is read before the rows: rows that are newer than it are only read twice.
        number = version(session, KEYS)
        if number != self._number:
            self._keys, self._number = _load(session), number
        return self._keys


def _load(session: Session) -> Mapping[str, snapshot.ApiKey]:
    plans = {plan.id: _plan(plan.id, plan.document) for plan in session.scalars(select(UsagePlan))}
    held: dict[str, list[snapshot.PlanOfKey]] = defaultdict(list)
    pairs = select(UsagePlanKey.key_id, UsagePlanKey.plan_id).order_by(UsagePlanKey.plan_id)
    for key_id, plan_id in session.execute(pairs):
        if plan_id in plans:
            held[key_id].append(plans[plan_id])
    rows = session.execute(
        select(ApiKey.fingerprint, ApiKey.id, ApiKey.account, ApiKey.region, ApiKey.document)
    )
    return {
        fingerprint: _key(key_id, account, region, document, held[key_id])
        for fingerprint, key_id, account, region, document in rows
    }


def _key(
    key_id: str,
    account: str,
    region: str,
    document: Document,
    plans: Iterable[snapshot.PlanOfKey],
) -> snapshot.ApiKey:
    stages = document.get("stageKeys", ())
    # "DEPRECATED FOR USAGE PLANS": stages that the key opens by itself, without any limit.
    own = (snapshot.PlanOfKey("", frozenset(map(_pair, stages))),) if stages else ()
    return snapshot.ApiKey(
        id=key_id,
        account=account,
        region=region,
        enabled=document.get("enabled", False),
        plans=(*plans, *own),
    )


def _plan(plan_id: str, document: Document) -> snapshot.PlanOfKey:
    stages = document.get("apiStages", ())
    quota = document.get("quota") or {}
    return snapshot.PlanOfKey(
        plan_id=plan_id,
        stages=frozenset((each["apiId"], each["stage"]) for each in stages),
        throttle=_throttle(document.get("throttle") or {}),
        method_throttles={
            (each["apiId"], each["stage"], route_key_of(method)): throttle
            for each in stages
            for method, limits in each.get("throttle", {}).items()
            if (throttle := _throttle(limits))
        },
        quota=quota.get("limit"),
        quota_period=quota.get("period", "MONTH"),
        quota_offset=quota.get("offset", 0),
    )


def _throttle(limits: Document) -> snapshot.Throttle | None:
    return throttle_of(limits.get("rateLimit"), limits.get("burstLimit"))


def _pair(stage_key: str) -> tuple[str, str]:
    api_id, _, stage = stage_key.partition("/")
    return api_id, stage
