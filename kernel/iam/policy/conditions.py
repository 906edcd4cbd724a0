"""The Condition element: operators, set operators, IfExists and Null."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy.operators import NEGATED, OPERATORS, Test
from kernel.iam.policy.patterns import Variables

NAME = re.compile(
    r"(?:(?P<quantifier>ForAllValues|ForAnyValue):)?(?P<operator>\w+?)(?P<exists>IfExists)?"
)
KEY = re.compile(r"[\w.-]+:[^\s]+")


@dataclass(frozen=True)
class Condition:
    """One operator on one key. `key` is in lower case: keys are not case-sensitive."""

    key: str
    tests: tuple[Test, ...]
    is_negated: bool
    quantifier: str | None
    if_exists: bool

    def holds(self, variables: Variables) -> bool:
        """Whether the request fits. Raises `Unresolved` for a variable without a value."""
        given = variables.get(self.key, ())
        if not given:
            return self._holds_without_value()
        fitting = [self._fits(value, variables) for value in given]
        if self.quantifier == "ForAllValues":
            return all(fitting)
        if self.quantifier == "ForAnyValue":
            return any(fitting)
        return all(fitting) if self.is_negated else any(fitting)

    def _holds_without_value(self) -> bool:
        # "ForAllValues ... also returns true if there are no context keys in the request";
        # "ForAnyValue ... For no matching context key or if the context key does not exist, the
        # condition returns false"; a negated operator is true where the key is missing.
        if self.quantifier is not None and not self.if_exists:
            return self.quantifier == "ForAllValues"
        return self.if_exists or self.is_negated

    def _fits(self, value: str, variables: Variables) -> bool:
        return any(_passes(test, value, variables) for test in self.tests) != self.is_negated


@dataclass(frozen=True)
class Absence:
    """Null: whether a key is missing."""

    key: str
    is_absent: frozenset[bool]

    def holds(self, variables: Variables) -> bool:
        return (not variables.get(self.key)) in self.is_absent


AnyCondition = Condition | Absence


def compile_condition(name: str, key: str, values: Sequence[str]) -> AnyCondition:
    """One line of a Condition element. Raises `MalformedPolicyDocument`."""
    match = NAME.fullmatch(name)
    operator = match["operator"] if match else ""
    # "You can add IfExists to the end of any condition operator name except the Null condition."
    is_known = operator in OPERATORS or operator in NEGATED or name == "Null"
    if match is None or not is_known:
        raise MalformedPolicyDocument(f"Invalid Condition type : {name}")
    if not KEY.fullmatch(key):
        raise MalformedPolicyDocument(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        )
    if name == "Null":
        return Absence(key.lower(), _truths(name, values))
    return Condition(
        key=key.lower(),
        tests=tuple(_compiled(OPERATORS[NEGATED.get(operator, operator)], name, v) for v in values),
        is_negated=operator in NEGATED,
        quantifier=match["quantifier"],
        if_exists=match["exists"] is not None,
    )


def _compiled(operator: Callable[[str], Test], name: str, value: str) -> Test:
    try:
        return operator(value)
    except ValueError:
        raise MalformedPolicyDocument(f"Invalid value {value} for Condition {name}") from None


def _truths(name: str, values: Sequence[str]) -> frozenset[bool]:
    if not {value.lower() for value in values} <= {"true", "false"}:
        raise MalformedPolicyDocument(f"Invalid value for Condition {name}")
    return frozenset(value.lower() == "true" for value in values)


def _passes(test: Test, value: str, variables: Variables) -> bool:
    try:
        return test(value, variables)
    except ValueError:
        # A value of another type fits nothing.
        return False
