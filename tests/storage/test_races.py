"""Requests that collide: one wins, the others get the domain's own error, and none a 500."""

from __future__ import annotations

import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import AttemptCount, RefreshFamily, User
from tests.idp.user_pools.operations.world import PASSWORD, World, at_once, outcome

AT_ONCE = 4


def test_one_of_parallel_sign_ups_of_a_name_wins(world: World) -> None:
    client = world.email_pool().client()
    for number in range(3):
        email = f"ada-{number}@example.com"
        results = at_once(*[lambda e=email: client.sign_up(e) for _ in range(AT_ONCE)])
        assert results == ["UsernameExistsException"] * (AT_ONCE - 1) + ["ok"]


def test_one_of_parallel_admin_created_users_wins(world: World) -> None:
    pool = world.pool()

    def create():
        return pool.call("admin_create_user", Username="ada", MessageAction="SUPPRESS")

    assert at_once(*[create] * AT_ONCE) == ["UsernameExistsException"] * (AT_ONCE - 1) + ["ok"]


def test_one_of_parallel_confirmations_of_an_address_gets_the_alias(world: World) -> None:
    pool = world.alias_pool()
    client = pool.client()
    codes = {}
    for number, name in enumerate(("ada", "eve"), 1):
        client.sign_up(name, email="both@example.com")
        codes[name] = world.code("both@example.com", of=number)
    confirm = [
        lambda n=name, c=code: client.call("confirm_sign_up", Username=n, ConfirmationCode=c)
        for name, code in codes.items()
    ]
    assert at_once(*confirm) == ["AliasExistsException", "ok"]
    confirmed = [name for name in codes if pool.attributes(name)["email_verified"] == "true"]
    assert len(confirmed) == 1
    assert client.sign_in("both@example.com")["AuthenticationResult"]


def test_a_code_works_once_however_many_enter_it_at_once(world: World) -> None:
    client = world.email_pool().client()
    client.sign_up("ada@example.com")
    code = world.code("ada@example.com")

    def confirm():
        return client.call("confirm_sign_up", Username="ada@example.com", ConfirmationCode=code)

    assert at_once(*[confirm] * AT_ONCE) == ["NotAuthorizedException"] * (AT_ONCE - 1) + ["ok"]


def test_one_of_parallel_creations_wins(world: World) -> None:
    pool, other = world.pool(), world.pool()

    def group():
        return pool.call("create_group", GroupName="crew")

    assert at_once(*[group] * AT_ONCE) == ["GroupExistsException"] * (AT_ONCE - 1) + ["ok"]

    def server():
        return pool.call("create_resource_server", Identifier="api", Name="API")

    taken = ["InvalidParameterException"] * (AT_ONCE - 1)
    assert at_once(*[server] * AT_ONCE) == [*taken, "ok"]
    domains = [
        lambda p=each: p.call("create_user_pool_domain", Domain="x") for each in (pool, other)
    ]
    assert at_once(*domains) == ["InvalidParameterException", "ok"]


def test_joining_a_group_many_times_at_once_is_joining_it(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada")
    pool.call("create_group", GroupName="crew")

    def join():
        return pool.call("admin_add_user_to_group", GroupName="crew", Username="ada")

    assert at_once(*[join] * AT_ONCE) == ["ok"] * AT_ONCE

    def leave():
        return pool.call("admin_remove_user_from_group", GroupName="crew", Username="ada")

    assert at_once(*[leave] * AT_ONCE) == ["ok"] * AT_ONCE


def test_parallel_changes_of_one_user_all_last(world: World) -> None:
    pool = world.email_pool()
    client = pool.client()
    pool.create_user("ada@example.com")
    token = client.tokens("ada@example.com")["AccessToken"]
    names = ["name", "nickname", "locale", "website"]
    change = [
        lambda n=name: world.public.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": n, "Value": f"new {n}"}]
        )
        for name in names
    ]
    assert at_once(*change) == ["ok"] * len(names)
    found = pool.attributes("ada@example.com")
    assert {name: found[name] for name in names} == {name: f"new {name}" for name in names}


def test_user_who_is_deleted_meanwhile_is_not_found(world: World) -> None:
    pool = world.email_pool()
    client = pool.client()
    for number in range(3):
        email = f"ada-{number}@example.com"
        pool.create_user(email)
        token = client.tokens(email)["AccessToken"]
        results = at_once(
            lambda t=token: world.public.delete_user(AccessToken=t),
            lambda t=token: world.public.update_user_attributes(
                AccessToken=t, UserAttributes=[{"Name": "name", "Value": "x"}]
            ),
            lambda e=email: pool.call("admin_set_user_password", Username=e, Password=PASSWORD),
            lambda e=email: pool.call("admin_disable_user", Username=e),
        )
        allowed = {"ok", "UserNotFoundException", "NotAuthorizedException"}
        assert set(results) <= allowed


def test_parallel_guesses_are_all_counted(world: World) -> None:
    pool = world.email_pool()
    client = pool.client()
    pool.create_user("ada@example.com")

    def guess():
        return client.sign_in("ada@example.com", "wrong")

    assert at_once(*[guess] * 8) == ["NotAuthorizedException"] * 8
    counted = world.kernel.database.read(lambda session: session.scalar(select(AttemptCount)))
    assert counted is not None
    assert counted.attempts == 5
    assert outcome(lambda: client.sign_in("ada@example.com")) == "NotAuthorizedException"


def test_parallel_rotations_of_one_refresh_token_end_the_family(world: World) -> None:
    pool = world.email_pool()
    client = pool.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    pool.create_user("ada@example.com")
    token = client.tokens("ada@example.com")["RefreshToken"]
    results = at_once(*[lambda: client.rotate(token)] * 3)
    assert results.count("ok") == 1
    assert "RefreshTokenReuseException" in results
    family = world.kernel.database.read(lambda session: session.scalar(select(RefreshFamily)))
    assert family is not None
    assert family.revoked is not None


def test_collision_runs_the_unit_once_more(world: World) -> None:
    """Only where databases run units side by side: SQLite lets one writer at a time in."""
    pool = world.pool()
    pool.create_user("ada")
    runs = []

    def rename(session: Session) -> None:
        user = session.scalar(select(User))
        assert user is not None
        runs.append(user.username)
        if world.kernel.database.engine.dialect.name == "postgresql" and len(runs) == 1:
            deleting = threading.Thread(
                target=pool.call, args=("admin_delete_user",), kwargs={"Username": "ada"}
            )
            deleting.start()
            deleting.join()
            pool.create_user("bob")
        user.modified = world.kernel.clock.now()

    world.time.pass_by(minutes=1)
    world.kernel.database.write(rename)
    assert runs in (["ada"], ["ada", "bob"])
