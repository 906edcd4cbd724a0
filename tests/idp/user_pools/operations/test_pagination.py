"""Pagination tokens are opaque: altered, foreign and outdated ones are refused."""

from __future__ import annotations

from typing import Any

from tests.idp.user_pools.operations.world import Pool, World, refused


def groups_and_token(world: World) -> tuple[Pool, str]:
    pool = world.pool()
    for name in ("a", "b"):
        pool.call("create_group", GroupName=name)
    token: str = pool.call("list_groups", Limit=1)["NextToken"]
    return pool, token


def invalid(work: Any, **request: Any) -> None:
    with refused("InvalidParameterException"):
        work(**request)


def test_altered_token_is_refused(world: World) -> None:
    pool, token = groups_and_token(world)
    middle = len(token) // 2
    swapped = "A" if token[middle] != "A" else "B"
    for altered in (token[:middle] + swapped + token[middle + 1 :], token[:-4], "xyz", "é" * 9):
        invalid(pool.call, operation="list_groups", Limit=1, NextToken=altered)


def test_token_of_another_pool_is_refused(world: World) -> None:
    _, token = groups_and_token(world)
    other, _ = groups_and_token(world)
    invalid(other.call, operation="list_groups", Limit=1, NextToken=token)


def test_token_of_another_operation_is_refused(world: World) -> None:
    pool, token = groups_and_token(world)
    invalid(pool.call, operation="list_user_pool_clients", NextToken=token)
    invalid(pool.call, operation="list_resource_servers", NextToken=token)
    invalid(pool.call, operation="list_users", PaginationToken=token)
    invalid(world.admin.list_user_pools, MaxResults=5, NextToken=token)


def test_token_lasts_an_hour(world: World) -> None:
    pool, token = groups_and_token(world)
    world.time.pass_by(minutes=59)
    assert pool.call("list_groups", Limit=1, NextToken=token)["Groups"]
    world.time.pass_by(minutes=1)
    invalid(pool.call, operation="list_groups", Limit=1, NextToken=token)


def test_token_of_another_filter_is_refused(world: World) -> None:
    pool = world.pool()
    for name in ("ada", "adam", "bob", "bobby"):
        pool.create_user(name)
    first = pool.call("list_users", Limit=1, Filter='username ^= "ada"')
    token = first["PaginationToken"]
    invalid(
        pool.call,
        operation="list_users",
        Limit=1,
        Filter='username ^= "bob"',
        PaginationToken=token,
    )
    invalid(pool.call, operation="list_users", Limit=1, PaginationToken=token)


def test_refresh_token_is_no_pagination_token(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada")
    token = pool.client().tokens("ada")["RefreshToken"]
    invalid(pool.call, operation="list_users", PaginationToken=token)
