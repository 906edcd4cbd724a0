"""Take from the token buckets that a request passes ("Throttle requests", developer guide).

The guide's order: what the usage plan allows the client, then what the stage allows the route
(its own throttle, or the stage's default, which its other routes share), then what the account
has. Each bucket that a request reaches is charged, even where a later one refuses it.
"""

from __future__ import annotations

from gateway.context import Identified, Steps
from gateway.effects import TakeToken
from gateway.replies import TOO_MANY_REQUESTS
from gateway.snapshot import Throttle


def throttle(context: Identified) -> Identified | Steps:
    """429 where one of the buckets is empty."""
    # Every request passes here, so that what is not set costs nothing but to see it.
    buckets = _of_client(context) if context.key is not None else []
    api, stage, route_key = context.api, context.stage, context.route.key
    limit = stage.route_throttles.get(route_key)
    if limit is not None:
        buckets.append(_bucket(f"gateway/{api.api_id}/{stage.name}/{route_key}", limit))
    elif stage.default_throttle is not None:
        buckets.append(_bucket(f"gateway/{api.api_id}/{stage.name}/", stage.default_throttle))
    if api.account_throttle is not None:
        bucket = f"gateway/account/{api.account}/{api.region}"
        buckets.append(_bucket(bucket, api.account_throttle))
    return _take(context, buckets) if buckets else context


def _of_client(context: Identified) -> list[TakeToken]:
    """What the usage plan sets for a key: for the method, and for all that the plan opens."""
    plan, key = context.plan, context.key
    if plan is None or key is None:
        return []
    buckets, bucket = [], f"gateway/key/{plan.plan_id}/{key.id}"
    method = (context.api.api_id, context.stage.name, context.route.key)
    if method in plan.method_throttles:
        buckets.append(_bucket(f"{bucket}/{'/'.join(method)}", plan.method_throttles[method]))
    if plan.throttle is not None:
        buckets.append(_bucket(bucket, plan.throttle))
    return buckets


def _bucket(name: str, limit: Throttle) -> TakeToken:
    return TakeToken(name, limit.rate, limit.burst)


def _take(context: Identified, buckets: list[TakeToken]) -> Steps:
    for bucket in buckets:
        taken = yield bucket
        if not taken:
            return TOO_MANY_REQUESTS
    return context
