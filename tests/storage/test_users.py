"""What both databases must keep: unique names, cascades, rollbacks, and pages by key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp import cleanup
from idp.models import (
    AttemptCount,
    ClientSecret,
    ConfirmationCode,
    GroupMember,
    PoolSigningKey,
    RefreshFamily,
    SearchableAttribute,
    SignInName,
    User,
    UserPool,
    UserPoolClient,
)
from idp.user_pools.services import pools
from tests.idp.user_pools.operations.world import World, attribute_list, outcome, refused

OF_A_POOL = (
    User, SignInName, SearchableAttribute, GroupMember, RefreshFamily, ConfirmationCode,
    AttemptCount, UserPoolClient, ClientSecret, PoolSigningKey,
)  # fmt: skip
OF_A_USER = (SignInName, SearchableAttribute, GroupMember, RefreshFamily, ConfirmationCode)


def count(world: World, model: Any) -> int:
    rows = select(func.count()).select_from(model)
    return world.kernel.database.read(lambda session: session.scalar(rows) or 0)


def test_username_is_unique_within_its_pool_alone(world: World) -> None:
    one, two = world.email_pool(), world.email_pool()
    for pool in (one, two):
        pool.create_user("ada@example.com")
        with refused("UsernameExistsException"):
            pool.create_user("ada@example.com")
    assert count(world, User) == 2


def test_alias_is_unique_and_free_again_once_it_is_given_up(world: World) -> None:
    pool = world.alias_pool()
    verified = {"email": "shared@example.com", "email_verified": "true"}
    pool.create_user("ada", **verified)
    pool.create_user("eve")
    change = {"Username": "eve", "UserAttributes": attribute_list(verified)}
    with refused("AliasExistsException"):
        pool.call("admin_update_user_attributes", **change)
    assert "email" not in pool.attributes("eve"), "the refused change left nothing behind"
    pool.call("admin_delete_user_attributes", Username="ada", UserAttributeNames=["email"])
    pool.call("admin_update_user_attributes", **change)
    assert pool.call("admin_get_user", Username="shared@example.com")["Username"] == "eve"


def test_refused_sign_up_leaves_nothing_behind(world: World) -> None:
    client = world.email_pool().client()
    client.sign_up("ada@example.com")
    before = [count(world, model) for model in OF_A_POOL]
    for _ in range(2):
        assert outcome(lambda: client.sign_up("ada@example.com")) == "UsernameExistsException"
    assert [count(world, model) for model in OF_A_POOL] == before


def test_unit_that_fails_is_rolled_back(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada", name="Ada")

    def fail(session: Session) -> None:
        for user in session.scalars(select(User)):
            user.attributes = {}
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        world.kernel.database.write(fail)
    assert pool.attributes("ada")["name"] == "Ada"


def test_broken_constraint_is_raised_after_one_more_try(world: World) -> None:
    pool, runs = world.pool(), []
    pool.create_user("ada")

    def twice(session: Session) -> None:
        runs.append(1)
        row = session.scalars(select(SignInName)).one()
        session.add(SignInName(pool_id=row.pool_id, name="x", user_id="nobody", kind="email"))

    with pytest.raises(IntegrityError):
        world.kernel.database.write(twice)
    assert len(runs) == (2 if world.kernel.database.engine.dialect.name == "postgresql" else 1)


def fill(world: World) -> None:
    """A pool with a row of everything that belongs to a user."""
    pool = world.email_pool()
    client = pool.client(GenerateSecret=True)
    pool.create_user("ada@example.com", email="ada@example.com", email_verified="true")
    pool.call("create_group", GroupName="crew")
    pool.call("admin_add_user_to_group", GroupName="crew", Username="ada@example.com")
    client.tokens("ada@example.com")
    secret_hash = client.hash_of("ada@example.com")
    client.call("forgot_password", Username="ada@example.com", SecretHash=secret_hash)
    outcome(lambda: client.sign_in("ada@example.com", "wrong"))
    assert all(count(world, model) for model in OF_A_POOL)


def test_deleted_user_takes_everything_of_his_along(world: World) -> None:
    fill(world)
    pool = world.admin.list_user_pools(MaxResults=1)["UserPools"][0]
    world.admin.admin_delete_user(UserPoolId=pool["Id"], Username="ada@example.com")
    assert [count(world, model) for model in OF_A_USER] == [0] * len(OF_A_USER)
    assert count(world, UserPoolClient) == 1


def test_deleted_pool_takes_everything_of_its_along(world: World) -> None:
    fill(world)
    pool = world.admin.list_user_pools(MaxResults=1)["UserPools"][0]
    world.admin.delete_user_pool(UserPoolId=pool["Id"])
    assert [count(world, model) for model in OF_A_POOL] == [0] * len(OF_A_POOL)


def test_large_pool_is_gone_at_once_and_its_users_follow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "DELETED_AT_ONCE", 2)
    pool = world.pool()
    client = pool.client()
    for number in range(5):
        pool.create_user(f"user-{number}")
    tokens = client.tokens("user-0")
    world.admin.delete_user_pool(UserPoolId=pool.id)
    assert world.admin.list_user_pools(MaxResults=10)["UserPools"] == []
    with refused("ResourceNotFoundException"):
        pool.call("describe_user_pool")
    with refused("ResourceNotFoundException"):
        client.sign_in("user-1")
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=tokens["AccessToken"])
    assert count(world, User) == 5
    cleanup.sweep(world.kernel)
    assert (count(world, User), count(world, UserPool)) == (0, 0)


@pytest.mark.parametrize("expression", ["", 'status = "Enabled"', 'name ^= "Zoë"'])
def test_pages_hold_every_row_once_while_rows_come_and_go(world: World, expression: str) -> None:
    pool = world.pool()
    names = [f"user-{number}" for number in range(9)]
    for name, value in zip(names, ("Zoë", "Zoë A", "Zoë ž") * 3, strict=True):
        pool.create_user(name, name=value)
    seen: list[str] = []
    request: dict[str, Any] = {"Filter": expression, "Limit": 2}
    while True:
        page = pool.call("list_users", **request)
        seen += [user["Username"] for user in page["Users"]]
        if len(seen) == 4:
            pool.call("admin_delete_user", Username=seen[0])
        if "PaginationToken" not in page:
            break
        request["PaginationToken"] = page["PaginationToken"]
    assert sorted(seen) == names


def test_prefix_is_compared_by_code_points(world: World) -> None:
    pool = world.pool()
    for name, value in (("a", "Ω"), ("b", "Ωmega"), ("c", "ω"), ("d", "\U0010ffff"), ("e", "Ϊ")):
        pool.create_user(name, name=value)
    found = pool.call("list_users", Filter='name ^= "Ω"')["Users"]
    assert [user["Username"] for user in found] == ["a", "b"]
    found = pool.call("list_users", Filter='name ^= "\U0010ffff"')["Users"]
    assert [user["Username"] for user in found] == ["d"]


def test_longest_values_fit_into_every_index(world: World) -> None:
    """2,048 characters of four bytes that no compression makes shorter."""
    pool = world.alias_pool()
    long = "".join(chr(0x20000 + (number * 7919) % 40000) for number in range(2048))
    pool.create_user("ada", name=long, given_name=long)
    assert pool.attributes("ada")["name"] == long
    found = pool.call("list_users", Filter=f'name ^= "{long[:200]}"')["Users"]
    assert len(found) == 1
    change = attribute_list({"preferred_username": long})
    with refused("InvalidParameterException", "too long"):
        pool.call("admin_update_user_attributes", Username="ada", UserAttributes=change)
    with refused("UserNotFoundException"):
        pool.client().sign_in(long)
    with refused("InvalidParameterException", "too long"):
        pool.client().sign_up("\ufdfa" * 128)


def test_old_counts_are_forgotten_a_few_at_a_time(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    for number in range(30):
        outcome(lambda n=number: client.sign_in(f"nobody-{n}", "wrong"))
    assert count(world, AttemptCount) == 30
    world.time.pass_by(hours=2)
    outcome(lambda: client.sign_in("nobody", "wrong"))
    assert count(world, AttemptCount) == 11
    outcome(lambda: client.sign_in("nobody", "wrong"))
    assert count(world, AttemptCount) == 1
