"""The resource policy of a REST API: who may call it at all.

"Resource": "execute-api:/stage/METHOD/path" is short for the API's own ARN (API Gateway developer
guide, "API Gateway resource policy examples").
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from gateway.authorizers.answers import INVOKE
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import api_arn, strictest
from gateway.context import Located
from kernel.iam.policy import Decision, Question
from kernel.iam.policy.resource_based import ResourcePolicy, compile_resource_policy

_SHORT = "execute-api:/"


def policy_of(context: Located) -> ResourcePolicy | None:
    """The API's policy as its stage serves it."""
    text = context.stage.rest.policy if context.stage.rest else ""
    return compiled(text, api_arn(context)) if text else None


def decision_on_anybody(context: Located) -> Decision | None:
    """What the policy says of a caller who has signed nothing; None where there is none."""
    policy = policy_of(context)
    if policy is None:
        return None
    conditions = conditions_of(context)
    return strictest(context, lambda arn: policy.decide("", "", Question(INVOKE, arn, conditions)))


@lru_cache(1024)
def compiled(text: str, arn: str) -> ResourcePolicy:
    """A policy for the API with that ARN. Raises `MalformedPolicyDocument` and `ValueError`."""
    return compile_resource_policy(_expanded(orjson.loads(text), arn))


def _expanded(document: Any, arn: str) -> Any:
    """The document with short resources written out."""
    if isinstance(document, Mapping):
        return {
            key: _resources(value, arn)
            if key in ("Resource", "NotResource")
            else _expanded(value, arn)
            for key, value in document.items()
        }
    return [_expanded(each, arn) for each in document] if isinstance(document, list) else document


def _resources(given: Any, arn: str) -> Any:
    if isinstance(given, list):
        return [_resources(each, arn) for each in given]
    if isinstance(given, str) and given.startswith(_SHORT):
        return f"{arn}/{given.removeprefix(_SHORT)}"
    return given
