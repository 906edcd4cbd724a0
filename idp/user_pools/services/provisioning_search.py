"""Finding a pool's users and groups for its directory, by index whatever is asked.

A search is a list of terms that all hold. Each term has an index; whatever else is asked of a
resource is compared in memory by the caller, over what the terms leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import (
    Group,
    GroupMember,
    ScimResource,
    SearchableAttribute,
    SignInName,
    User,
    UserPool,
)
from idp.user_pools.rules import group_names, usernames
from idp.user_pools.rules.attributes import is_storable
from idp.user_pools.services.users import LONGEST_FILTER

MOST_SKIPPED = 100_000
"""How far pages reach by number: skipping runs over an index, and takes longer the further."""


@dataclass(frozen=True)
class Term:
    """That an attribute equals a text. `by` is one of the members of `USERS` or `GROUPS`."""

    by: str
    value: str


def users(pool: UserPool, terms: Sequence[Term]) -> Select[str]:
    """The ids of users for whom the terms hold, in order."""
    found = [_by_user_term(pool, term) for term in terms]
    return select(User.id).where(User.pool_id == pool.id, *found).order_by(User.id)


def groups(pool: UserPool, terms: Sequence[Term]) -> Select[str]:
    """The names of groups for which the terms hold, in order."""
    found = [_by_group_term(pool, term) for term in terms]
    return select(Group.name).where(Group.pool_id == pool.id, *found).order_by(Group.name)


def count(session: Session, found: Select[Any]) -> int:
    counted = found.order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def page(
    session: Session, found: Select[Any], limit: int, *, skip: int = 0, after: str = ""
) -> list[str]:
    """Some of the keys, in order: those behind `after`, and of these not the first `skip`."""
    if after:
        found = found.where(found.selected_columns[0] > after)
    return list(session.scalars(found.offset(min(skip, MOST_SKIPPED)).limit(limit)))


def _by_user_term(pool: UserPool, term: Term) -> ColumnElement[bool]:
    # No database takes such a text, so that nobody has it.
    return _USER_TERMS[term.by](pool, term.value) if is_storable(term.value) else false()


def _by_group_term(pool: UserPool, term: Term) -> ColumnElement[bool]:
    return _GROUP_TERMS[term.by](pool, term.value) if is_storable(term.value) else false()


def _by_sign_in_name(pool: UserPool, value: str) -> ColumnElement[bool]:
    return User.id.in_(
        select(SignInName.user_id).where(
            SignInName.pool_id == pool.id,
            SignInName.name == usernames.normalise(value, pool.settings),
        )
    )


def _by_email(pool: UserPool, value: str) -> ColumnElement[bool]:
    return User.id.in_(
        select(SearchableAttribute.user_id).where(
            SearchableAttribute.pool_id == pool.id,
            SearchableAttribute.name == "email",
            SearchableAttribute.value == value[:LONGEST_FILTER],
        )
    )


def _kept(pool: UserPool, kind: str, column: Any, matches: ColumnElement[bool]) -> Select[Any]:
    return select(column).where(ScimResource.pool_id == pool.id, ScimResource.kind == kind, matches)


def _by_user_external_id(pool: UserPool, value: str) -> ColumnElement[bool]:
    matches = ScimResource.external_id == value
    return User.id.in_(_kept(pool, "User", ScimResource.user_id, matches))


def _by_group_external_id(pool: UserPool, value: str) -> ColumnElement[bool]:
    matches = ScimResource.external_id == value
    return Group.name.in_(_kept(pool, "Group", ScimResource.group_name, matches))


def _by_group_id(pool: UserPool, value: str) -> ColumnElement[bool]:
    return Group.name.in_(_kept(pool, "Group", ScimResource.group_name, ScimResource.id == value))


def _by_display_name(_pool: UserPool, value: str) -> ColumnElement[bool]:
    """The group's own name follows from it."""
    try:
        return Group.name == group_names.of_display_name(value)
    except InvalidParameter:
        return false()


def _by_member(pool: UserPool, value: str) -> ColumnElement[bool]:
    return Group.name.in_(
        select(GroupMember.group_name).where(
            GroupMember.pool_id == pool.id, GroupMember.user_id == value
        )
    )


ID, EXTERNAL_ID, USERNAME, EMAIL = "id", "externalId", "userName", "emails.value"
DISPLAY_NAME, MEMBER = "displayName", "members.value"

_USER_TERMS = {
    ID: lambda _pool, value: User.id == value,
    EXTERNAL_ID: _by_user_external_id,
    USERNAME: _by_sign_in_name,
    EMAIL: _by_email,
}
_GROUP_TERMS = {
    ID: _by_group_id,
    EXTERNAL_ID: _by_group_external_id,
    DISPLAY_NAME: _by_display_name,
    MEMBER: _by_member,
}
USERS, GROUPS = frozenset(_USER_TERMS), frozenset(_GROUP_TERMS)
"""What there is an index for."""
