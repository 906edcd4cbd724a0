"""Take from the token buckets that a request passes ("Throttle requests", developer guide).

The guide's order: what the usage plan allows the client, then what the stage allows the route,
then what the account has. Each bucket that a request reaches is charged, even where a later one
refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.context import Identified, Steps
from gateway.effects import TakeToken
from gateway.replies import TOO_MANY_REQUESTS
from gateway.snapshot import Throttle


def throttle(context: Identified) -> Identified | Steps:
    """429 where one of the buckets is empty."""
    buckets = [*_of_client(context), *_of_route(context), *_of_account(context)]
    return _take(context, buckets) if buckets else context


def _of_client(context: Identified) -> Iterator[TakeToken]:
    """What the usage plan sets for a key: for the method, and for all that the plan opens."""
    plan, key = context.plan, context.key
    if plan is None or key is None:
        return
    bucket = f"gateway/key/{plan.plan_id}/{key.id}"
    method = (context.api.api_id, context.stage.name, context.route.key)
    if method in plan.method_throttles:
        yield _bucket(f"{bucket}/{'/'.join(method)}", plan.method_throttles[method])
    if plan.throttle is not None:
        yield _bucket(bucket, plan.throttle)


def _of_route(context: Identified) -> Iterator[TakeToken]:
    """A route's own throttle, or the stage's default, which its other routes share."""
    stage, key = context.stage, context.route.key
    limit = stage.route_throttles.get(key)
    if limit is None:
        limit, key = stage.default_throttle, ""
    if limit is not None:
        yield _bucket(f"gateway/{context.api.api_id}/{stage.name}/{key}", limit)


def _of_account(context: Identified) -> Iterator[TakeToken]:
    """What all APIs of an account and region share."""
    api = context.api
    if api.account_throttle is not None:
        yield _bucket(f"gateway/account/{api.account}/{api.region}", api.account_throttle)


def _bucket(name: str, limit: Throttle) -> TakeToken:
    return TakeToken(name, limit.rate, limit.burst)


def _take(context: Identified, buckets: list[TakeToken]) -> Steps:
    for bucket in buckets:
        taken = yield bucket
        if not taken:
            return TOO_MANY_REQUESTS
    return context
