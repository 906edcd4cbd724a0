"""Groups and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.models import Group, User
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import groups, pages, pools, users
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("CreateGroup")
def create_group(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    group = groups.create(session, call.kernel, pool, request)
    return {"Group": groups.describe(group)}


@family.reads("GetGroup")
def get_group(session: Session, call: Call, request: Input) -> Output:
    return {"Group": groups.describe(_group(session, call, request))}


@family.writes("UpdateGroup")
def update_group(session: Session, call: Call, request: Input) -> Output:
    group = _group(session, call, request)
    groups.update(group, request, call.kernel.clock.now())
    return {"Group": groups.describe(group)}


@family.writes("DeleteGroup")
def delete_group(session: Session, call: Call, request: Input) -> None:
    session.delete(_group(session, call, request))


@family.reads("ListGroups")
def list_groups(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    limit = pages.size(request.get("Limit"))
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = groups.page(session, pool, after, limit)
    return _page_of_groups(call, rows, limit, pool.id)


@family.writes("AdminAddUserToGroup")
def admin_add_user_to_group(session: Session, call: Call, request: Input) -> None:
    user, group = _membership(session, call, request)
    groups.add_member(session, call.kernel, group, user)


@family.writes("AdminRemoveUserFromGroup")
def admin_remove_user_from_group(session: Session, call: Call, request: Input) -> None:
    user, group = _membership(session, call, request)
    groups.remove_member(session, group, user)


@family.reads("AdminListGroupsForUser")
def admin_list_groups_for_user(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    limit = pages.size(request.get("Limit"))
    after = pages.position(call, request.get("NextToken"), user.id)
    rows = groups.page_of_user(session, user, after, limit)
    return _page_of_groups(call, rows, limit, user.id)


@family.reads("ListUsersInGroup")
def list_users_in_group(session: Session, call: Call, request: Input) -> Output:
    group = _group(session, call, request)
    limit = pages.size(request.get("Limit"))
    scope = f"{group.pool_id}:{group.name}"
    after = pages.position(call, request.get("NextToken"), scope)
    rows = groups.page_of_members(session, group, after, limit)
    page, token = pages.cut(call, rows, limit, lambda user: user.id, scope)
    described = [users.describe(user, "Attributes") for user in page]
    return with_token({"Users": described}, "NextToken", token)


def _page_of_groups(call: Call, rows: Sequence[Group], limit: int, scope: str) -> Output:
    page, token = pages.cut(call, rows, limit, lambda group: group.name, scope)
    described = [groups.describe(group) for group in page]
    return with_token({"Groups": described}, "NextToken", token)


def _membership(session: Session, call: Call, request: Input) -> tuple[User, Group]:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    return user, groups.require(session, pool, request["GroupName"])


def _group(session: Session, call: Call, request: Input) -> Group:
    pool = pools.require(session, call, request["UserPoolId"])
    return groups.require(session, pool, request["GroupName"])
