"""A filter (RFC 7644 §3.4.2.2) as terms that an index answers, and a rest that is compared in
memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from idp.scim import models
from idp.scim.context import Document
from idp.scim.layout import Layout
from idp.user_pools.services import provisioning_search
from idp.user_pools.services.provisioning_search import Term

INDEXED = {"User": provisioning_search.USERS, "Group": provisioning_search.GROUPS}
STANDS_FOR_VALUE = ("emails", "members")


@dataclass(frozen=True)
class Plan:
    """`terms` leave what may match; `matches` tells of a representation, None where all does."""

    terms: tuple[Term, ...] = ()
    matches: Callable[[Document], bool] | None = None


def plan(layout: Layout, kind: str, found: ScimFilter[Any] | None) -> Plan:
    """How to find what the filter asks for. Raises `InvalidFilterException`."""
    if found is None:
        return Plan()
    conjuncts = list(_conjuncts(found.ast))
    terms = [(node, _term(kind, node)) for node in conjuncts]
    # An index has answered these for good; a group's representation has no members to look at.
    rest = [node for node, term in terms if term is None or term.by != provisioning_search.MEMBER]
    if kind == "Group" and any(map(_names_members, rest)):
        raise InvalidFilterException(
            detail="members can be compared by eq alone, and with and alone."
        )
    return Plan(
        tuple(term for _, term in terms if term is not None),
        _matching(layout, kind, rest) if rest else None,
    )


def _matching(layout: Layout, kind: str, nodes: list[FilterNode]) -> Callable[[Document], bool]:
    model = models.model(layout, kind)
    whole = nodes[0] if len(nodes) == 1 else LogicalExpr(LogicalOperator.and_, tuple(nodes))
    bound: Any = ScimFilter.__class_getitem__(model)
    checked: ScimFilter[Any] = bound(whole)

    def matches(document: Document) -> bool:
        return checked.match(model.model_validate(document, scim_policy=models.POLICY))

    return matches


def _conjuncts(node: FilterNode) -> Iterator[FilterNode]:
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        for term in node.terms:
            yield from _conjuncts(term)
    else:
        yield node


def _term(kind: str, node: FilterNode) -> Term | None:
    if isinstance(node, Comparison):
        return _equality(kind, _name(node.attr_path), node)
    if not isinstance(node, ValuePath):
        return None
    name = f"{_name(node.attr_path)}.value"
    parts = list(_conjuncts(node.val_filter))
    if kind == "Group" and len(parts) > 1:
        return None
    for part in parts:
        if isinstance(part, Comparison) and _name(part.attr_path) == "value":
            return _equality(kind, name, part)
    return None


def _equality(kind: str, name: str, node: Comparison) -> Term | None:
    if name in STANDS_FOR_VALUE:
        name = f"{name}.value"
    by = next((each for each in INDEXED[kind] if each.lower() == name), None)
    is_equality = node.op == CompareOperator.eq and isinstance(node.value, str)
    return Term(by, node.value) if by is not None and is_equality else None


def _name(path: AttrPath) -> str:
    """In lower case, as names tell no case. An extension's attribute has no index."""
    if path.uri is not None and ":core:" not in path.uri.lower():
        return ""
    name = path.attr.lower()
    return name if path.sub_attr is None else f"{name}.{path.sub_attr.lower()}"


def _names_members(node: FilterNode) -> bool:
    if isinstance(node, LogicalExpr):
        return any(map(_names_members, node.terms))
    if isinstance(node, Not):
        return _names_members(node.expr)
    if isinstance(node, Comparison | Present | ValuePath):
        return node.attr_path.attr.lower() == "members"
    return False
