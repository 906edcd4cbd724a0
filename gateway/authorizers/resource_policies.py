"""The resource policy of a REST API: who may call it at all.

The control plane has spelled out what its resources are short for.
"""

from __future__ import annotations

from functools import lru_cache

import orjson

from gateway.authorizers.answers import INVOKE
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import strictest
from gateway.context import Located
from kernel.iam.policy import Decision, Question
from kernel.iam.policy.resource_based import ResourcePolicy, compile_resource_policy


def policy_of(context: Located) -> ResourcePolicy | None:
    """The API's policy as its stage serves it."""
    text = context.stage.rest.policy if context.stage.rest else ""
    return compiled(text) if text else None


def decision_on_anybody(context: Located) -> Decision | None:
    """What the policy says of a caller who has signed nothing; None where there is none."""
    policy = policy_of(context)
    if policy is None:
        return None
    conditions = conditions_of(context)
    return strictest(context, lambda arn: policy.decide("", "", Question(INVOKE, arn, conditions)))


@lru_cache(1024)
def compiled(text: str) -> ResourcePolicy:
    """A stored policy. Raises `MalformedPolicyDocument` and `ValueError`."""
    return compile_resource_policy(orjson.loads(text))
