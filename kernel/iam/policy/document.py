"""Identity-based policy documents: checked and compiled (IAM user guide, "Policy grammar")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy.conditions import AnyCondition, compile_condition
from kernel.iam.policy.patterns import ArnPattern, Pattern, tokens

FULL_ACCESS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

VARIABLES_VERSION = "2012-10-17"
VERSIONS = (VARIABLES_VERSION, "2008-10-17")
DOCUMENT_ELEMENTS = {"Version", "Id", "Statement"}
STATEMENT_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
PRINCIPALS = {"Principal", "NotPrincipal"}
SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)
ACTION = re.compile(r"\*|[\w.-]+:[\w.*?-]+", re.ASCII)
MAX_ELEMENTS = 1_000
"""Patterns and values of one document."""

VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


@dataclass(frozen=True)
class Statement:
    """One statement. `actions` or `resources` are those it is not about where `not_` says so."""

    allows: bool
    actions: tuple[Pattern, ...]
    not_actions: bool
    resources: tuple[ArnPattern, ...]
    not_resources: bool
    conditions: tuple[AnyCondition, ...]


@dataclass(frozen=True)
class Policy:
    """A compiled document."""

    statements: tuple[Statement, ...]


def compile_policy(document: Any) -> Policy:
    """Check and compile a document, given as JSON values. Raises `MalformedPolicyDocument`."""
    if not isinstance(document, Mapping):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    _refuse_unknown(document, DOCUMENT_ELEMENTS)
    version = document.get("Version", "2008-10-17")
    if version not in VERSIONS:
        raise MalformedPolicyDocument("The policy must contain a valid version string")
    statements = _listed(document.get("Statement"), Mapping)
    _refuse_repeated_sids(statements)
    if sum(map(_size, statements)) > MAX_ELEMENTS:
        raise MalformedPolicyDocument("The policy is too large.")
    has_variables = version == VARIABLES_VERSION
    return Policy(tuple(_statement(statement, has_variables) for statement in statements))


def _statement(statement: Mapping[str, Any], has_variables: bool) -> Statement:
    if PRINCIPALS & statement.keys():
        raise MalformedPolicyDocument("Policy document should not specify a principal.")
    _refuse_unknown(statement, STATEMENT_ELEMENTS)
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocument(f"Invalid effect: {statement.get('Effect')}")
    action = _one_of(statement, "Action", "NotAction", "Policy statement must contain actions.")
    resource = _one_of(
        statement, "Resource", "NotResource", "Policy statement must contain resources."
    )
    return Statement(
        allows=statement["Effect"] == "Allow",
        actions=tuple(_action(text) for text in _listed(statement[action], str)),
        not_actions=action == "NotAction",
        resources=tuple(
            _resource(text, has_variables) for text in _listed(statement[resource], str)
        ),
        not_resources=resource == "NotResource",
        conditions=tuple(_conditions(statement.get("Condition", {}))),
    )


def _one_of(statement: Mapping[str, Any], element: str, inverse: str, missing: str) -> str:
    present = [name for name in (element, inverse) if name in statement]
    if len(present) > 1:
        raise MalformedPolicyDocument(
            f"Statement/policy already has instance of {element}; {inverse} excludes it."
        )
    if not present or statement[present[0]] in ([], ""):
        raise MalformedPolicyDocument(missing)
    return present[0]


def _action(text: str) -> Pattern:
    if not ACTION.fullmatch(text):
        raise MalformedPolicyDocument(VENDOR)
    return Pattern(tokens(text, has_variables=False), ignores_case=True)


def _resource(text: str, has_variables: bool) -> ArnPattern:
    if text != "*" and not text.startswith("arn:"):
        raise MalformedPolicyDocument(f'Resource {text} must be in ARN format or "*".')
    return ArnPattern(tokens(text, has_variables=has_variables))


def _conditions(block: Any) -> list[AnyCondition]:
    if not isinstance(block, Mapping):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    found = []
    for operator, keys in block.items():
        if not isinstance(keys, Mapping):
            raise MalformedPolicyDocument("Syntax errors in policy.")
        for key, value in keys.items():
            values = [_text(v) for v in _listed(value, (str, bool, int, float))]
            found.append(compile_condition(operator, key, values))
    return found


def _listed(value: Any, kind: Any) -> list[Any]:
    """`value`, or its members where it is a list, all of the kind and at least one."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(member, kind) for member in values):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    return values


def _text(value: str | bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_unknown(element: Mapping[str, Any], known: set[str]) -> None:
    if element.keys() - known:
        raise MalformedPolicyDocument("Syntax errors in policy.")


def _refuse_repeated_sids(statements: Sequence[Mapping[str, Any]]) -> None:
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if not all(isinstance(sid, str) and SID.fullmatch(sid) for sid in sids):
        raise MalformedPolicyDocument("Statement IDs (SID) must be alpha-numeric.")
    if len(set(sids)) != len(sids):
        raise MalformedPolicyDocument("Statement IDs (SID) in a single policy must be unique.")


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else 1
