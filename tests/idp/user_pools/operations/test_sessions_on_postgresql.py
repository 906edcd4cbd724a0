"""What PostgreSQL could decide otherwise, since it runs units of work side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.tracked import current, track
from tests.idp.user_pools.operations.world import (
    AppClient,
    World,
    at_once,
    new_email,
    quick_keys,
    refused,
)


@pytest.fixture
def world(
    tmp_path: Path, fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    made = World(tmp_path, fresh_postgres_url)
    yield made
    made.close()


def limited(world: World, most: int, **request: object) -> tuple[AppClient, str]:
    pool, address = world.email_pool(), new_email()
    pool.create_user(address)
    track(pool, most)
    return pool.client(**request), address


def test_parallel_sign_ins_do_not_pass_the_limit(world: World) -> None:
    client, address = limited(world, 2)
    assert at_once(*[lambda: client.tokens(address)] * 8) == ["ok"] * 8
    listed = client.pool.call("admin_list_user_sessions", Username=address)["Sessions"]
    assert len(listed) == 2
    for _ in range(3):
        world.time.pass_by(minutes=1)
        last = client.tokens(address)
    assert client.refresh(last["RefreshToken"])


def test_parallel_revocations_succeed_once(world: World) -> None:
    client, address = limited(world, 20)
    session_id = current(client, client.tokens(address)["AccessToken"])["SessionId"]

    def revoke() -> None:
        client.pool.call("admin_revoke_user_session", Username=address, SessionId=session_id)

    assert at_once(*[revoke] * 4).count("ok") == 1


def test_token_used_twice_at_once_ends_the_sign_in(world: World) -> None:
    client, address = limited(
        world,
        20,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    token = client.tokens(address)["RefreshToken"]
    led_to = at_once(*[lambda: client.rotate(token)] * 6)
    assert led_to.count("ok") == 1
    with refused("NotAuthorizedException", "revoked"):
        client.rotate(token)


def test_first_settings_may_come_twice_at_once(world: World) -> None:
    pool = world.email_pool()
    assert at_once(*[lambda: track(pool)] * 4) == ["ok"] * 4
