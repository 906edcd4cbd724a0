"""What a request makes of a group (RFC 7644 §3.5.2), without its members at hand.

Operations on `members` are folded into sets of ids in the order in which they come; the library
checks operations and paths, but would need all members to apply them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scim2_models import (
    InvalidPathException,
    InvalidValueException,
    MutabilityException,
    NoTargetException,
    PatchOp,
    Path,
)
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from idp.scim.context import Document
from idp.user_pools.services.provisioned_groups import Change
from idp.user_pools.services.provisioned_members import MOST_MEMBERS

ADD, REMOVE = "add", "remove"
ATTRIBUTES = {"displayname": "displayName", "externalid": "externalId", "members": "members"}


@dataclass
class _Folding:
    """A change that grows with each operation."""

    group_id: str
    display_name: str | None = None
    external_id: str | None = None
    sets_external_id: bool = False
    members: frozenset[str] | None = None
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def change(self) -> Change:
        return Change(
            self.display_name,
            self.external_id,
            self.sets_external_id,
            self.members,
            frozenset(self.added),
            frozenset(self.removed),
        )

    def name(self, value: Any) -> None:
        if not isinstance(value, str) or not value.strip():
            raise InvalidValueException(detail="displayName must be a text.")
        self.display_name = value

    def identify(self, value: Any) -> None:
        if value is not None and not isinstance(value, str):
            raise InvalidValueException(detail="externalId must be a text.")
        self.external_id, self.sets_external_id = value or None, True

    def add(self, ids: frozenset[str]) -> None:
        self.added |= ids
        self.removed -= ids

    def remove(self, ids: frozenset[str]) -> None:
        self.removed |= ids
        self.added -= ids

    def replace(self, ids: frozenset[str]) -> None:
        self.members = ids
        self.added, self.removed = set(), set()


def of_resource(body: Document) -> Change:
    """Of a creation or replacement. Members that are not named stay; the rest is replaced."""
    given = {ATTRIBUTES[name.lower()]: body[name] for name in body if name.lower() in ATTRIBUTES}
    folding = _Folding("")
    folding.name(given.get("displayName"))
    folding.identify(given.get("externalId"))
    if "members" in given:
        folding.replace(member_ids(given["members"] or []))
    return folding.change()


def of_patch(group_id: str, patch: PatchOp[Any]) -> Change:
    """Of the operations of a PATCH."""
    folding = _Folding(group_id)
    for operation in patch.operations or ():
        if operation.path is None:
            _fold_object(folding, operation.op.value, operation.value)
        else:
            _fold(folding, operation.op.value, operation.path, operation.value)
    return folding.change()


def _fold_object(folding: _Folding, op: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise InvalidValueException(detail="The value of an operation without a path is an object.")
    for name, each in value.items():
        member = ATTRIBUTES.get(name.lower())
        if member is not None:
            _apply(folding, op, member, each)
        elif name.lower() == "id" and each != folding.group_id:
            raise MutabilityException(detail="'id' is read-only")


def _fold(folding: _Folding, op: str, path: Path[Any], value: Any) -> None:
    binding = path.resolve()
    if binding is None:
        return  # an attribute that the schema lacks
    name = ATTRIBUTES.get(path.attr.lower())
    if name is None:
        raise MutabilityException(detail=f"'{path}' is read-only")
    if path.value_filter is not None or binding.sub_field_name is not None:
        _fold_selection(folding, op, path, is_part=binding.sub_field_name is not None)
        return
    _apply(folding, op, name, value)


def _fold_selection(folding: _Folding, op: str, path: Path[Any], *, is_part: bool) -> None:
    """Of a member nothing can change; he can only leave."""
    if path.value_filter is None or is_part:
        raise MutabilityException(detail=f"'{path}' is immutable")
    if op != REMOVE:
        raise NoTargetException(detail="Members are added by a value, without a filter.")
    folding.remove(frozenset(_compared(path.value_filter)))


def _compared(node: FilterNode) -> Iterator[str]:
    """The ids that a filter of members names."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        for term in node.terms:
            yield from _compared(term)
    elif isinstance(node, Comparison) and _is_id(node):
        yield node.value
    else:
        raise InvalidPathException(detail='Members are selected by value eq "ID" alone.')


def _is_id(node: Comparison) -> bool:
    is_equality = node.op == CompareOperator.eq and isinstance(node.value, str)
    return is_equality and node.attr_path.attr.lower() == "value"


def _apply(folding: _Folding, op: str, name: str, value: Any) -> None:
    if name == "members":
        _apply_members(folding, op, value)
    elif name == "displayName":
        folding.name(None if op == REMOVE else value)
    else:
        folding.identify(None if op == REMOVE else value)


def _apply_members(folding: _Folding, op: str, value: Any) -> None:
    if op == REMOVE and value is None:
        folding.replace(frozenset())
    elif op == REMOVE:
        folding.remove(member_ids(value))
    elif op == ADD:
        folding.add(member_ids(value))
    else:
        folding.replace(member_ids(value or []))


def member_ids(value: Any) -> frozenset[str]:
    """The users that a value of `members` names. Raises `InvalidValueException`."""
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MOST_MEMBERS:
        raise InvalidValueException(detail=f"A request names {MOST_MEMBERS} members at most.")
    return frozenset(map(_member_id, entries))


def _member_id(entry: Any) -> str:
    parts = {name.lower(): part for name, part in entry.items()} if isinstance(entry, dict) else {}
    user_id, kind = parts.get("value"), parts.get("type")
    if not isinstance(user_id, str) or not user_id:
        raise InvalidValueException(detail="Each of the members has the id of a user as its value.")
    if kind is not None and str(kind).lower() != "user":
        raise InvalidValueException(detail="Members of groups are users: groups are not nested.")
    return user_id
