"""Whether policies allow an action (IAM user guide, "Policy evaluation logic")."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kernel.iam.policy.document import Policy, Statement
from kernel.iam.policy.patterns import ArnPattern, Unresolved, Variables

Context = Mapping[str, str | Sequence[str]]


class Decision(enum.Enum):
    """What policies say. Only ALLOWED lets a request through."""

    ALLOWED = "allowed"
    DENIED = "denied by a statement"
    NOT_ALLOWED = "allowed by no statement"


@dataclass(frozen=True)
class Question:
    """May `action` be done to `resource`, under these condition keys?"""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


def evaluate(policies: Iterable[Policy], question: Question) -> Decision:
    """ "By default, all requests are denied"; "an explicit deny overrides any allows"."""
    variables = {
        key.lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in question.context.items()
    }
    decision = Decision.NOT_ALLOWED
    for policy in policies:
        for statement in policy.statements:
            if _applies(statement, question, variables):
                if not statement.allows:
                    return Decision.DENIED
                decision = Decision.ALLOWED
    return decision


def _applies(statement: Statement, question: Question, variables: Variables) -> bool:
    named = any(pattern.matches(question.action, {}) for pattern in statement.actions)
    return (
        named != statement.not_actions
        and _is_about(statement, question.resource, variables)
        and _holds(statement, variables)
    )


def _holds(statement: Statement, variables: Variables) -> bool:
    try:
        return all(condition.holds(variables) for condition in statement.conditions)
    except Unresolved:
        # In doubt nothing is allowed, and what may be denied is.
        return not statement.allows


def _is_about(statement: Statement, resource: str, variables: Variables) -> bool:
    fitting = [_matches(pattern, resource, variables) for pattern in statement.resources]
    if statement.not_resources and statement.allows and None in fitting:
        # What a variable without a value would have excluded is not known, so nothing is allowed.
        return False
    return any(fitting) != statement.not_resources


def _matches(pattern: ArnPattern, resource: str, variables: Variables) -> bool | None:
    """Whether the resource fits; none where a variable of the pattern has no value."""
    try:
        return pattern.matches(resource, variables)
    except Unresolved:
        return None
