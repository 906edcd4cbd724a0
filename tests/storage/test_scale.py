"""Operations of users take no longer in a pool of millions: an index leads to every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert

from idp.models import User
from idp.user_pools.rules.usernames import new_user_id
from idp.user_pools.services import pools
from tests.idp.user_pools.operations.statements import explained, recorded
from tests.idp.user_pools.operations.world import PASSWORD, World, attribute_list, outcome

EMAIL = "ada@example.com"


def everyday_work(world: World) -> list[Callable[[], Any]]:
    """The operations of users and their administrators, each at least once."""
    pool = world.email_pool()
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    pool.create_user(EMAIL, email=EMAIL, email_verified="true")
    pool.call("create_group", GroupName="crew")
    tokens = client.tokens(EMAIL)
    access = tokens["AccessToken"]
    reset = {"ConfirmationCode": "000000", "Password": PASSWORD}
    values = attribute_list({"name": "Ada"})
    return [
        lambda: client.sign_up("new@example.com"),
        lambda: client.call("confirm_sign_up", Username="new@example.com", ConfirmationCode="0"),
        lambda: client.call("resend_confirmation_code", Username="new@example.com"),
        lambda: client.sign_in(EMAIL),
        lambda: client.sign_in(EMAIL, "wrong"),
        lambda: client.sign_in("nobody@example.com", "wrong"),
        lambda: client.refresh(tokens["RefreshToken"]),
        lambda: client.call("forgot_password", Username=EMAIL),
        lambda: client.call("confirm_forgot_password", Username=EMAIL, **reset),
        lambda: world.public.get_user(AccessToken=access),
        lambda: world.public.update_user_attributes(AccessToken=access, UserAttributes=values),
        lambda: pool.call("admin_get_user", Username=EMAIL),
        lambda: pool.call("admin_update_user_attributes", Username=EMAIL, UserAttributes=values),
        lambda: pool.call("admin_add_user_to_group", Username=EMAIL, GroupName="crew"),
        lambda: pool.call("admin_list_groups_for_user", Username=EMAIL),
        lambda: pool.call("list_users_in_group", GroupName="crew"),
        lambda: pool.call("list_users", Limit=1),
        lambda: client.call("revoke_token", Token=tokens["RefreshToken"]),
        lambda: pool.call("admin_user_global_sign_out", Username=EMAIL),
        lambda: pool.call("admin_disable_user", Username=EMAIL),
        lambda: pool.call("admin_delete_user", Username=EMAIL),
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_operation_of_users_scans_a_table(world: World) -> None:
    for work in everyday_work(world):
        with recorded(world) as statements:
            outcome(work)
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                steps = explained(world, statement, parameters).split("; ")
                scans = [step for step in steps if step.startswith("SCAN") and "anon" not in step]
                assert not scans, (statement, steps)


def test_large_pool_is_estimated_and_a_small_one_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "COUNTED_USERS", 400)
    pool, other = world.pool(), world.pool()
    add_users(world, other.id, 300)
    add_users(world, pool.id, 4000)
    number = world.admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert number["EstimatedNumberOfUsers"] == pytest.approx(4000, rel=0.3)
    number = world.admin.describe_user_pool(UserPoolId=other.id)["UserPool"]
    assert number["EstimatedNumberOfUsers"] == 300


def add_users(world: World, pool_id: str, number: int) -> None:
    now = world.kernel.clock.now()
    rows = [
        {
            "id": new_user_id(world.kernel.randomness.bytes(16)),
            "pool_id": pool_id,
            "username": f"user-{each}",
            "status": "CONFIRMED",
            "enabled": True,
            "attributes": {},
            "pending_attributes": {},
            "created": now,
            "modified": now,
        }
        for each in range(number)
    ]
    world.kernel.database.write(lambda session: session.execute(insert(User), rows))
