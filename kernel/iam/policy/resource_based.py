"""Resource-based policies: documents that say which principals may do what to one resource.

IAM user guide, "AWS JSON policy elements: Principal". Principals of services and of federation
are never those of a request to Poolgate, so a statement about them applies to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy.document import Policy, compile_policy
from kernel.iam.policy.evaluation import Decision, Question, evaluate

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?", re.ASCII)
EVERYBODY = "*"


@dataclass(frozen=True)
class Principals:
    """Whom a statement is about: ARNs, accounts, or everybody; `inverted` for all others."""

    names: frozenset[str]
    accounts: frozenset[str]
    inverted: bool = False

    def hold(self, arn: str, account: str) -> bool:
        """Whether a caller is meant; one who did not sign has neither ARN nor account."""
        named = EVERYBODY in self.names or arn in self.names or account in self.accounts
        return named != self.inverted


@dataclass(frozen=True)
class ResourcePolicy:
    """A compiled document: each statement as a policy of its own, with its principals."""

    statements: tuple[tuple[Principals, Policy], ...]

    def decide(self, arn: str, account: str, question: Question) -> Decision:
        """What the policy says of a caller; both are empty for one who did not sign."""
        return evaluate(
            (policy for principals, policy in self.statements if principals.hold(arn, account)),
            question,
        )


def compile_resource_policy(document: Any) -> ResourcePolicy:
    """Check and compile a document, given as JSON values. Raises `MalformedPolicyDocument`."""
    if not isinstance(document, Mapping):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    statements = document.get("Statement")
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    head = {key: value for key, value in document.items() if key != "Statement"}
    return ResourcePolicy(tuple(_statement(head, each) for each in listed))


def _statement(head: Mapping[str, Any], statement: Mapping[str, Any]) -> tuple[Principals, Policy]:
    rest = {k: v for k, v in statement.items() if k not in ("Principal", "NotPrincipal")}
    return _principals(statement), compile_policy({**head, "Statement": [rest]})


def _principals(statement: Mapping[str, Any]) -> Principals:
    if ("Principal" in statement) == ("NotPrincipal" in statement):
        raise MalformedPolicyDocument("A statement needs a Principal or a NotPrincipal.")
    inverted = "NotPrincipal" in statement
    given = statement["NotPrincipal" if inverted else "Principal"]
    if inverted and statement.get("Effect") == "Allow":
        raise MalformedPolicyDocument("Allow with NotPrincipal is not supported.")
    names = [EVERYBODY] if given == EVERYBODY else _named(given)
    accounts = frozenset(found[1] for name in names if (found := _ACCOUNT.fullmatch(name)))
    return Principals(frozenset(names), accounts, inverted)


def _named(given: Any) -> list[str]:
    if not isinstance(given, Mapping) or not given:
        raise MalformedPolicyDocument("Invalid principal in policy.")
    named = given.get("AWS", [])
    listed = [named] if isinstance(named, str) else named
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise MalformedPolicyDocument("Invalid principal in policy.")
    return listed
