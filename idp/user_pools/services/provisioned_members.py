"""The members of groups that a company's directory provisions: many at once, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import Group, GroupMember, User
from idp.user_pools.rules import quotas
from kernel.runtime import Kernel

MOST_MEMBERS = 40_000
"""Of a group whose members are told or replaced in one request."""
AT_ONCE = 500
"""How many rows a statement names."""


def sizes(session: Session, pool_id: str, names: Sequence[str]) -> dict[str, int]:
    """How many members groups have; those without any are left out."""
    found = session.execute(
        select(GroupMember.group_name, func.count())
        .where(GroupMember.pool_id == pool_id, GroupMember.group_name.in_(names))
        .group_by(GroupMember.group_name)
    )
    return {name: int(number) for name, number in found if number}


def members(session: Session, group: Group, limit: int) -> Sequence[str]:
    """The ids of members, in order; of `limit` at most."""
    return session.scalars(
        select(GroupMember.user_id)
        .where(of_group(group))
        .order_by(GroupMember.user_id)
        .limit(limit)
    ).all()


def of_users(session: Session, user_ids: Sequence[str]) -> dict[str, list[str]]:
    """The names of the groups that users are in, by the users' ids."""
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(GroupMember.user_id, GroupMember.group_name)
        .where(GroupMember.user_id.in_(user_ids))
        .order_by(GroupMember.group_name)
    )
    for user_id, name in rows:
        found.setdefault(user_id, []).append(name)
    return found


def replace(session: Session, kernel: Kernel, group: Group, wanted: Collection[str]) -> None:
    present = set(session.scalars(select(GroupMember.user_id).where(of_group(group))))
    remove(session, group, present.difference(wanted))
    add(session, kernel, group, set(wanted) - present)


def remove(session: Session, group: Group, user_ids: Collection[str]) -> None:
    for some in batches(user_ids):
        session.execute(delete(GroupMember).where(of_group(group), GroupMember.user_id.in_(some)))


def add(session: Session, kernel: Kernel, group: Group, user_ids: Collection[str]) -> None:
    """Members who are there already stay. Raises `InvalidParameter`, `LimitExceeded`."""
    for some in batches(user_ids):
        present = select(GroupMember.user_id).where(of_group(group), GroupMember.user_id.in_(some))
        new = sorted(set(some).difference(session.scalars(present)))
        if new:
            _admit(session, kernel, group, new)
            rows = [
                {"pool_id": group.pool_id, "group_name": group.name, "user_id": each}
                for each in new
            ]
            session.execute(insert(GroupMember), rows)


def _admit(session: Session, kernel: Kernel, group: Group, user_ids: Sequence[str]) -> None:
    """Users of this pool who have room for another group. They are locked in the order of their
    ids: two requests at once would both find room."""
    known = session.scalars(
        select(User.id)
        .where(User.pool_id == group.pool_id, User.id.in_(user_ids))
        .order_by(User.id)
        .with_for_update()
    ).all()
    missing = sorted(set(user_ids).difference(known))
    if missing:
        raise InvalidParameter(f"There is no user {missing[0]}.")
    number = func.count().label("number")
    fullest = session.scalar(
        select(number)
        .where(GroupMember.user_id.in_(user_ids))
        .group_by(GroupMember.user_id)
        .order_by(number.desc())
        .limit(1)
    )
    quotas.check("groups_per_user", fullest or 0, dict(kernel.settings.quotas))


def batches(user_ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(user_ids)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


def of_group(group: Group) -> Any:
    return (GroupMember.pool_id == group.pool_id) & (GroupMember.group_name == group.name)
