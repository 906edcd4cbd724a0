"""CreateGroup and what follows it."""

from __future__ import annotations

from tests.idp.user_pools.operations.world import World, new_name, refused


def test_group_is_created_described_changed_and_deleted(world: World) -> None:
    pool = world.pool()
    made = pool.call(
        "create_group", GroupName="crew", Description="On board", Precedence=3,
        RoleArn="arn:aws:iam::000000000000:role/crew",
    )["Group"]  # fmt: skip
    assert (made["GroupName"], made["UserPoolId"], made["Precedence"]) == ("crew", pool.id, 3)
    pool.call("update_group", GroupName="crew", Description="Ashore", Precedence=0)
    found = pool.call("get_group", GroupName="crew")["Group"]
    assert (found["Description"], found["Precedence"]) == ("Ashore", 0)
    pool.call("delete_group", GroupName="crew")
    with refused("ResourceNotFoundException"):
        pool.call("get_group", GroupName="crew")


def test_second_group_of_a_name_is_refused(world: World) -> None:
    pool = world.pool()
    pool.call("create_group", GroupName="crew")
    with refused("GroupExistsException"):
        pool.call("create_group", GroupName="crew")


def test_limit_of_zero_means_the_default_page(world: World) -> None:
    pool = world.pool()
    name = new_name()
    pool.create_user(name)
    pool.call("create_group", GroupName="crew")
    pool.call("admin_add_user_to_group", GroupName="crew", Username=name)
    assert len(pool.call("list_groups", Limit=0)["Groups"]) == 1
    assert len(pool.call("list_users_in_group", GroupName="crew", Limit=0)["Users"]) == 1
    in_groups = pool.call("admin_list_groups_for_user", Username=name, Limit=0)
    assert len(in_groups["Groups"]) == 1


def test_groups_are_listed_in_pages(world: World) -> None:
    pool = world.pool()
    for number in range(5):
        pool.call("create_group", GroupName=f"group-{number}")
    first = pool.call("list_groups", Limit=3)
    second = pool.call("list_groups", Limit=3, NextToken=first["NextToken"])
    names = [group["GroupName"] for group in first["Groups"] + second["Groups"]]
    assert names == [f"group-{number}" for number in range(5)]
    assert "NextToken" not in second


def test_members_are_listed_in_pages_and_leave(world: World) -> None:
    pool = world.pool()
    pool.call("create_group", GroupName="crew")
    names = {new_name() for _ in range(3)}
    for name in names:
        pool.create_user(name)
        pool.call("admin_add_user_to_group", GroupName="crew", Username=name)
        pool.call("admin_add_user_to_group", GroupName="crew", Username=name)
    first = pool.call("list_users_in_group", GroupName="crew", Limit=2)
    second = pool.call(
        "list_users_in_group", GroupName="crew", Limit=2, NextToken=first["NextToken"]
    )
    assert {user["Username"] for user in first["Users"] + second["Users"]} == names
    gone = names.pop()
    pool.call("admin_remove_user_from_group", GroupName="crew", Username=gone)
    pool.call("admin_remove_user_from_group", GroupName="crew", Username=gone)
    left = pool.call("list_users_in_group", GroupName="crew")["Users"]
    assert {user["Username"] for user in left} == names


def test_deleting_a_group_leaves_its_members(world: World) -> None:
    pool = world.pool()
    name = new_name()
    pool.create_user(name)
    pool.call("create_group", GroupName="crew")
    pool.call("admin_add_user_to_group", GroupName="crew", Username=name)
    pool.call("delete_group", GroupName="crew")
    assert pool.call("admin_list_groups_for_user", Username=name)["Groups"] == []


def test_group_needs_to_exist_for_members(world: World) -> None:
    pool = world.pool()
    name = new_name()
    pool.create_user(name)
    with refused("ResourceNotFoundException"):
        pool.call("admin_add_user_to_group", GroupName="none", Username=name)
    pool.call("create_group", GroupName="crew")
    with refused("UserNotFoundException"):
        pool.call("admin_add_user_to_group", GroupName="crew", Username="nobody")


def test_members_of_another_pool_are_unknown(world: World) -> None:
    pool, other = world.pool(), world.pool()
    name = new_name()
    sub = other.create_user(name)
    pool.call("create_group", GroupName="crew")
    for each in (name, sub):
        with refused("UserNotFoundException"):
            pool.call("admin_add_user_to_group", GroupName="crew", Username=each)
