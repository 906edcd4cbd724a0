"""Whatever an operation takes is acted on, refused, or listed as configured only.

A member counts as acted on or refused where the code names it. That is less than a proof, but a
member that no line names is certainly forgotten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import FAMILIES
from kernel.aws.compatibility import member_is_taken
from kernel.aws.contract import Shape, service
from kernel.aws.operations import OperationFamily

ROOT = Path(__file__).parents[2]
PACKAGES = {"cognito-idp": "idp", "apigateway": "gateway", "apigatewayv2": "gateway"}

# What stands below them is refused with them, or only described again.
TAKEN_WHOLE = frozenset(
    {
        "AnalyticsConfiguration",
        "DcrConfiguration",
        "KeyConfiguration",
        "Routing",
        "Scopes.ScopeDescription",
    }
)


def named_in(package: str) -> set[str]:
    """Every text that stands in the code of a package."""
    trees = [ast.parse(file.read_text()) for file in (ROOT / package).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def members(shape: Shape | None, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of an input's members; lists are passed through, recursive shapes entered once."""
    while shape is not None and shape.type == "list":
        shape = shape.element
    if shape is None or shape.type != "structure":
        return
    for name, member in shape.members.items():
        if name not in above:
            yield (*above, name)
            yield from members(member.shape, (*above, name))


def is_listed(path: tuple[str, ...], family: OperationFamily) -> bool:
    prefixes = {".".join(path[:length]) for length in range(1, len(path) + 1)}
    return not prefixes.isdisjoint({*family.configured_only, *TAKEN_WHOLE})


@pytest.mark.parametrize("name", PACKAGES)
def test_no_member_is_taken_and_forgotten(name: str) -> None:
    named = named_in(PACKAGES[name])
    forgotten = {
        f"{operation}: {'.'.join(path)}"
        for family in FAMILIES
        if family.service == name
        for operation in family.handlers
        for path in members(service(name).operation(operation).input)
        if path[-1] not in named and not is_listed(path, family)
    }
    assert forgotten == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_listed_is_a_member_of_a_served_operation(name: str) -> None:
    families = [family for family in FAMILIES if family.service == name]
    listed = {member for family in families for member in family.configured_only}
    inputs = [service(name).operation(each).input for f in families for each in f.handlers]
    assert {m for m in listed if not any(member_is_taken(shape, m) for shape in inputs)} == set()
