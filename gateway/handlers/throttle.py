"""Take from the route's token bucket ("Throttle requests", API Gateway developer guide)."""

from __future__ import annotations

from gateway.context import Identified, Steps
from gateway.effects import TakeToken
from gateway.replies import TOO_MANY_REQUESTS


def throttle(context: Identified) -> Identified | Steps:
    """A route's own throttle, or the stage's default, which its other routes share."""
    stage, key = context.stage, context.route.key
    limit = stage.route_throttles.get(key)
    if limit is None:
        limit, key = stage.default_throttle, ""
    if limit is None:
        return context
    bucket = f"gateway/{context.api.api_id}/{stage.name}/{key}"
    return _take(context, TakeToken(bucket, limit.rate, limit.burst))


def _take(context: Identified, bucket: TakeToken) -> Steps:
    taken = yield bucket
    return context if taken else TOO_MANY_REQUESTS
