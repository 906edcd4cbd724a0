"""Asks the policies of a caller's access key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kernel.aws.operations import AwsError, Principal
from kernel.iam.policy import Decision, Policy, Question, evaluate

REASONS = {
    Decision.DENIED: "with an explicit deny in an identity-based policy",
    Decision.NOT_ALLOWED: "because no identity-based policy allows the {action} action",
}


DENIED_WITH: Mapping[str, str] = {
    # "An IAM policy that denies cognito-idp:DescribeTerms also denies requests to
    # DescribeTermsByClient" (DescribeTermsByClient).
    "cognito-idp:DescribeTermsByClient": "cognito-idp:DescribeTerms",
}
"""Actions that the denial of another one denies as well."""


class Policies(Protocol):
    """Where the policies of an access key are found."""

    def policies(self, access_key_id: str) -> tuple[Policy, ...]: ...


class PolicyAuthorizer:
    """Fills `kernel.aws.access.Authorizer` with identity-based policies."""

    def __init__(self, keys: Policies) -> None:
        self._keys = keys

    def authorize(
        self,
        principal: Principal,
        action: str,
        resource_arns: Sequence[str],
        context: Mapping[str, Any],
    ) -> None:
        """Return if `action` is allowed on every resource; none named means all of them.

        Raises `AwsError` with AccessDeniedException, which names user, action and resource.
        """
        policies = self._keys.policies(principal.access_key_id)
        keys = {**context, **_keys_of(principal)}
        for resource in resource_arns or ("*",):
            decision = evaluate(policies, Question(action, resource, keys))
            if decision is not Decision.ALLOWED:
                raise _denied(principal, action, resource, decision)
            other = DENIED_WITH.get(action)
            if other and evaluate(policies, Question(other, resource, keys)) is Decision.DENIED:
                raise _denied(principal, action, resource, Decision.DENIED)


def _keys_of(principal: Principal) -> dict[str, str]:
    """The condition keys of the caller (IAM user guide, "Properties of the principal")."""
    keys = {
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "Account",
    }
    if ":user/" in principal.arn:
        keys["aws:PrincipalType"] = "User"
        keys["aws:username"] = principal.arn.rpartition("/")[2]
    return keys


def _denied(principal: Principal, action: str, resource: str, decision: Decision) -> AwsError:
    reason = REASONS[decision].format(action=action)
    return AwsError(
        "AccessDeniedException",
        f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} "
        f"{reason}",
    )
