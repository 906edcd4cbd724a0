"""Groups of a pool and their members, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from idp.errors import GroupExists, GroupNotFound
from idp.models import Group, GroupMember, User, UserPool
from idp.user_pools.services import quotas
from kernel.runtime import Kernel


def create(session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]) -> Group:
    """Raises `GroupExists`, `LimitExceeded`."""
    quotas.wait_for_turn(session, pool.id)
    if session.get(Group, (pool.id, request["GroupName"])):
        raise GroupExists
    present = select(Group.name).where(Group.pool_id == pool.id)
    quotas.check_room(session, kernel, "groups_per_user_pool", present)
    now = kernel.clock.now()
    group = Group(pool_id=pool.id, name=request["GroupName"], created=now, modified=now)
    _configure(group, request)
    session.add(group)
    return group


def require(session: Session, pool: UserPool, name: str) -> Group:
    """Raises `GroupNotFound`."""
    group = session.get(Group, (pool.id, name))
    if group is None:
        raise GroupNotFound
    return group


def update(group: Group, request: Mapping[str, Any], now: datetime) -> None:
    """What the request leaves out is left as it is."""
    _configure(group, request)
    group.modified = now


def add_member(session: Session, kernel: Kernel, group: Group, user: User) -> None:
    """A member who is one already stays one. Raises `LimitExceeded`."""
    if session.get(GroupMember, (group.pool_id, group.name, user.id)) is None:
        session.refresh(user, with_for_update=True)
        present = select(GroupMember.group_name).where(GroupMember.user_id == user.id)
        quotas.check_room(session, kernel, "groups_per_user", present)
        session.add(GroupMember(pool_id=group.pool_id, group_name=group.name, user_id=user.id))


def remove_member(session: Session, group: Group, user: User) -> None:
    session.execute(delete(GroupMember).where(_of(group), GroupMember.user_id == user.id))


def page(session: Session, pool: UserPool, after: str, limit: int) -> Sequence[Group]:
    """Groups in the order of their names, one more than `limit` when there are more."""
    return _page(session, select(Group).where(Group.pool_id == pool.id), after, limit)


def page_of_user(session: Session, user: User, after: str, limit: int) -> Sequence[Group]:
    """The same of the groups that a user is in."""
    is_membership = (GroupMember.pool_id == Group.pool_id) & (GroupMember.group_name == Group.name)
    query = select(Group).join(GroupMember, is_membership).where(GroupMember.user_id == user.id)
    return _page(session, query, after, limit)


def page_of_members(session: Session, group: Group, after: str, limit: int) -> Sequence[User]:
    """Members in the order of their ids, one more than `limit` when there are more."""
    return session.scalars(
        select(User)
        .join(GroupMember, GroupMember.user_id == User.id)
        .where(_of(group), GroupMember.user_id > after)
        .order_by(GroupMember.user_id)
        .limit(limit + 1)
    ).all()


def describe(group: Group) -> dict[str, Any]:
    """GroupType."""
    optional = {
        "Description": group.description,
        "RoleArn": group.role_arn,
        "Precedence": group.precedence,
    }
    return {
        "GroupName": group.name,
        "UserPoolId": group.pool_id,
        "LastModifiedDate": group.modified,
        "CreationDate": group.created,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _page(session: Session, query: Select[Group], after: str, limit: int) -> Sequence[Group]:
    ordered = query.where(Group.name > after).order_by(Group.name).limit(limit + 1)
    return session.scalars(ordered).all()


def _of(group: Group) -> Any:
    return (GroupMember.pool_id == group.pool_id) & (GroupMember.group_name == group.name)


def _configure(group: Group, request: Mapping[str, Any]) -> None:
    group.description = request.get("Description", group.description)
    group.precedence = request.get("Precedence", group.precedence)
    group.role_arn = request.get("RoleArn", group.role_arn)
