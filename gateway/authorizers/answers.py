"""What a function authorizer may answer, in both forms. Pure.

API Gateway developer guide, "Output from an API Gateway Lambda authorizer" and, for HTTP APIs,
"Control access to HTTP APIs with AWS Lambda authorizers".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from gateway.context import Caller
from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy import Decision, Policy, Question, compile_policy, evaluate
from kernel.values import value

INVOKE = "execute-api:Invoke"
MOST_POLICY_BYTES = 8_192
"""Quotas of API Gateway: "Size of the authorizer's policy document"."""


class MalformedAnswer(Exception):
    """A function answered with something that says neither yes nor no."""


@value
class Answer:
    """Who calls, and what he may. A simple answer has no policy."""

    caller: Caller
    policy: bytes = b""
    """As JSON; it is evaluated for each request's ARN, also when the answer was kept."""
    is_authorized: bool = False

    def decide(self, arn: str, conditions: Mapping[str, str]) -> Decision:
        """Whether the caller may call `arn`. Raises `MalformedAnswer`."""
        if not self.policy:
            return Decision.ALLOWED if self.is_authorized else Decision.NOT_ALLOWED
        return evaluate((_compiled(self.policy),), Question(INVOKE, arn, conditions))

    def packed(self) -> bytes:
        """For keeping; `unpacked` reads it."""
        caller = self.caller
        return orjson.dumps(
            [
                caller.principal_id,
                dict(caller.context),
                caller.usage_key,
                self.policy.decode(),
                self.is_authorized,
            ]
        )


def unpacked(content: bytes) -> Answer:
    """An answer that was kept."""
    principal, about, key, policy, authorized = orjson.loads(content)
    return Answer(Caller(principal, about, key), policy.encode(), authorized)


def read_policy_answer(payload: Any, *, flat_context: bool) -> Answer:
    """A policy and a principal. REST APIs take a context of plain values only.

    Raises `MalformedAnswer`.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("policyDocument"), Mapping):
        raise MalformedAnswer("the answer has no policy document")
    principal = payload.get("principalId")
    if not isinstance(principal, str) or not principal:
        raise MalformedAnswer("the answer has no principal")
    policy = orjson.dumps(payload["policyDocument"])
    if len(policy) > MOST_POLICY_BYTES:
        raise MalformedAnswer("the policy is too large")
    _compiled(policy)
    about = _context(payload, flat=flat_context)
    return Answer(Caller(principal, about, _usage_key(payload)), policy)


def read_simple_answer(payload: Any) -> Answer:
    """`isAuthorized` and a context. Raises `MalformedAnswer`."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get("isAuthorized"), bool):
        raise MalformedAnswer("the answer does not say whether the caller is authorized")
    caller = Caller(context=_context(payload, flat=False))
    return Answer(caller, is_authorized=payload["isAuthorized"])


def _context(payload: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    about = payload.get("context") or {}
    if not isinstance(about, Mapping):
        raise MalformedAnswer("the context is not an object")
    if not flat:
        return dict(about)
    if not all(isinstance(each, str | int | float | bool) for each in about.values()):
        raise MalformedAnswer("a value of the context is not a string, number or boolean")
    # "$context.authorizer.booleanKey" is text wherever it is used.
    return {name: _text(each) for name, each in about.items()}


def _text(given: str | float | bool) -> str:
    return str(given).lower() if isinstance(given, bool) else str(given)


def _usage_key(payload: Mapping[str, Any]) -> str:
    key = payload.get("usageIdentifierKey") or ""
    return key if isinstance(key, str) else ""


@lru_cache(1024)
def _compiled(policy: bytes) -> Policy:
    try:
        return compile_policy(orjson.loads(policy))
    except MalformedPolicyDocument as error:
        raise MalformedAnswer(str(error)) from None
