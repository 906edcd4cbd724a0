"""Groups and who is in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.errors import GroupExists, GroupNotFound
from idp.models import Group, GroupMember, User, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import pages, pools, users
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("CreateGroup")
def create_group(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    if session.get(Group, (pool.id, request["GroupName"])):
        raise GroupExists
    now = call.kernel.clock.now()
    group = Group(pool_id=pool.id, name=request["GroupName"], created=now, modified=now)
    _configure(group, request)
    session.add(group)
    return {"Group": _describe(group)}


@family.reads("GetGroup")
def get_group(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return {"Group": _describe(_require(session, pool, request["GroupName"]))}


@family.writes("UpdateGroup")
def update_group(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    group = _require(session, pool, request["GroupName"])
    _configure(group, request)
    group.modified = call.kernel.clock.now()
    return {"Group": _describe(group)}


@family.writes("DeleteGroup")
def delete_group(session: Session, call: Call, request: Input) -> None:
    pool = pools.require(session, call, request["UserPoolId"])
    session.delete(_require(session, pool, request["GroupName"]))


@family.reads("ListGroups")
def list_groups(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    query = select(Group).where(Group.pool_id == pool.id)
    return _page_of_groups(session, call, request, query, pool.id)


@family.writes("AdminAddUserToGroup")
def admin_add_user_to_group(session: Session, call: Call, request: Input) -> None:
    pool, user, group = _membership(session, call, request)
    key = (pool.id, group.name, user.id)
    if session.get(GroupMember, key) is None:
        session.add(GroupMember(pool_id=pool.id, group_name=group.name, user_id=user.id))


@family.writes("AdminRemoveUserFromGroup")
def admin_remove_user_from_group(session: Session, call: Call, request: Input) -> None:
    pool, user, group = _membership(session, call, request)
    session.execute(
        delete(GroupMember).where(
            GroupMember.pool_id == pool.id,
            GroupMember.group_name == group.name,
            GroupMember.user_id == user.id,
        )
    )


@family.reads("AdminListGroupsForUser")
def admin_list_groups_for_user(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    query = (
        select(Group)
        .join(
            GroupMember,
            (GroupMember.pool_id == Group.pool_id) & (GroupMember.group_name == Group.name),
        )
        .where(GroupMember.user_id == user.id)
    )
    return _page_of_groups(session, call, request, query, user.id)


@family.reads("ListUsersInGroup")
def list_users_in_group(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    group = _require(session, pool, request["GroupName"])
    limit = pages.size(request.get("Limit"))
    scope = f"{pool.id}:{group.name}"
    after = pages.position(call, request.get("NextToken"), scope)
    rows = session.scalars(
        select(User)
        .join(GroupMember, GroupMember.user_id == User.id)
        .where(GroupMember.pool_id == pool.id, GroupMember.group_name == group.name)
        .where(GroupMember.user_id > after)
        .order_by(GroupMember.user_id)
        .limit(limit + 1)
    ).all()
    page, token = pages.cut(call, rows, limit, lambda user: user.id, scope)
    return with_token(
        {"Users": [users.describe(user, "Attributes") for user in page]}, "NextToken", token
    )


def _page_of_groups(session: Session, call: Call, request: Input, query: Any, scope: str) -> Output:
    limit = pages.size(request.get("Limit"))
    after = pages.position(call, request.get("NextToken"), scope)
    rows = session.scalars(
        query.where(Group.name > after).order_by(Group.name).limit(limit + 1)
    ).all()
    page, token = pages.cut(call, rows, limit, lambda group: group.name, scope)
    return with_token({"Groups": [_describe(group) for group in page]}, "NextToken", token)


def _membership(session: Session, call: Call, request: Input) -> tuple[UserPool, User, Group]:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    return pool, user, _require(session, pool, request["GroupName"])


def _require(session: Session, pool: UserPool, name: str) -> Group:
    group = session.get(Group, (pool.id, name))
    if group is None:
        raise GroupNotFound
    return group


def _configure(group: Group, request: Input) -> None:
    """What the request leaves out is left as it is."""
    group.description = request.get("Description", group.description)
    group.precedence = request.get("Precedence", group.precedence)
    group.role_arn = request.get("RoleArn", group.role_arn)


def _describe(group: Group) -> Output:
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
