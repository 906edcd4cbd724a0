"""What is read quickly is what the ORM reads, value by value and in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.models import (
    AttemptCount,
    ClientSecret,
    Group,
    GroupMember,
    RefreshFamily,
    User,
    UserPool,
    UserPoolClient,
)
from idp.user_pools.services import quick_reads, subjects
from kernel.database import Base
from kernel.statements import Rows
from tests.idp.user_pools.operations.world import AppClient, Pool, World, refused


@pytest.fixture
def pool(world: World) -> Pool:
    schema = [{"Name": "shoe", "AttributeDataType": "String", "Mutable": True}]
    return world.pool(Schema=schema, UserPoolTags={"team": "identity"})


@pytest.fixture
def client(pool: Pool) -> AppClient:
    return pool.client(
        GenerateSecret=True,
        CallbackURLs=["https://app.example.com/callback"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
    )


def read(world: World, unit: Callable[..., Any], *args: Any) -> Any:
    return world.kernel.database.look_up(unit, *args)


def by_orm(world: World, unit: Callable[[Session], Any]) -> Any:
    return world.kernel.database.read(unit)


def values(row: Base) -> dict[str, Any]:
    """Every column's value, with its type."""
    columns = inspect(type(row)).columns.keys()
    return {name: (type(getattr(row, name)), getattr(row, name)) for name in columns}


def same(world: World, found: Base | None, model: type[Base], key: Any) -> bool:
    """Whether `found` holds what the ORM loads for the key, and is no part of a session."""
    expected = by_orm(world, lambda session: session.get(model, key))
    assert found is not None
    assert inspect(found).transient
    return values(found) == values(expected)


def test_client_comes_with_its_pool(world: World, pool: Pool, client: AppClient) -> None:
    found_client, found_pool, *_ = read(world, quick_reads.client_and_pool, client.id)
    assert same(world, found_client, UserPoolClient, client.id)
    assert same(world, found_pool, UserPool, pool.id)


def test_user_is_found_by_name_and_by_id(world: World, pool: Pool) -> None:
    sub = pool.create_user("ada", email="ada@example.com", name="Ada Ünïcode", custom__shoe="38")
    assert same(world, read(world, quick_reads.user_by_id, sub), User, sub)
    assert same(world, read(world, quick_reads.user_by_name, pool.id, "ada"), User, sub)


def test_user_without_a_password_is_read_too(world: World, pool: Pool) -> None:
    pool.call("admin_create_user", Username="eve", MessageAction="SUPPRESS")
    sub = pool.attributes("eve")["sub"]
    assert same(world, read(world, quick_reads.user_by_id, sub), User, sub)


def test_name_is_one_of_its_pool(world: World, pool: Pool) -> None:
    pool.create_user("ada")
    assert read(world, quick_reads.user_by_name, world.pool().id, "ada") is None
    assert read(world, quick_reads.user_by_name, pool.id, "nobody") is None


def test_what_does_not_exist_is_none(world: World) -> None:
    assert read(world, quick_reads.client_and_pool, "absent") is None
    assert read(world, quick_reads.user_by_id, "absent") is None
    assert read(world, quick_reads.family_and_user, "absent") is None
    assert read(world, quick_reads.attempts, "absent", "absent") is None
    assert list(read(world, quick_reads.groups, "absent")) == []


@pytest.mark.parametrize("is_revoked", [False, True])
def test_sign_in_comes_with_who_signed_in(world: World, pool: Pool, is_revoked: bool) -> None:
    sub, client = pool.create_user("ada"), pool.client()
    tokens = client.tokens("ada")
    claims = jwt.decode(tokens["AccessToken"], options={"verify_signature": False})
    if is_revoked:
        client.call("revoke_token", Token=tokens["RefreshToken"])
    family, user = read(world, quick_reads.family_and_user, claims["origin_jti"])
    assert same(world, family, RefreshFamily, claims["origin_jti"])
    assert same(world, user, User, sub)
    assert (family.revoked is not None) is is_revoked


def test_sign_in_is_stored_whole_and_once(world: World, pool: Pool) -> None:
    sub, client = pool.create_user("ada"), pool.client()
    claims = jwt.decode(client.tokens("ada")["AccessToken"], options={"verify_signature": False})
    family, _ = read(world, quick_reads.family_and_user, claims["origin_jti"])
    family.id, family.sign_in_id = "another", "sign-in"
    family.scopes, family.nonce = ["openid", "email"], "nonce"
    write = world.kernel.database.record
    write(quick_reads.insert_family, family)
    assert same(world, family, RefreshFamily, "another")
    family.id = "a third"
    with pytest.raises(IntegrityError):
        write(quick_reads.insert_family, family)
    assert read(world, quick_reads.family_and_user, "a third") is None
    assert family.user_id == sub


def test_attempts_are_those_of_the_row(world: World, pool: Pool) -> None:
    sub, client = pool.create_user("ada"), pool.client()
    for _ in range(3):
        with refused("NotAuthorizedException"):
            client.sign_in("ada", "wrong")
    row = by_orm(world, lambda session: session.get(AttemptCount, (pool.id, sub)))
    found = read(world, quick_reads.attempts, pool.id, sub)
    assert tuple(found) == (row.attempts, row.last) == (3, world.kernel.clock.now())


def test_secrets_come_oldest_first(world: World, client: AppClient) -> None:
    world.time.pass_by(minutes=1)
    client.pool.call("add_user_pool_client_secret", ClientId=client.id)

    def rows(session: Session) -> list[tuple[str, bytes]]:
        of_client = select(ClientSecret).where(ClientSecret.client_id == client.id)
        return [(row.id, row.sealed) for row in session.scalars(of_client.order_by("created"))]

    found = [tuple(row) for row in read(world, quick_reads.client_and_pool, client.id)[2]]
    assert len(found) == 2
    assert found == by_orm(world, rows)


def test_groups_come_by_precedence_then_by_name(world: World, pool: Pool) -> None:
    role = "arn:aws:iam::000000000000:role/crew"
    sub = pool.create_user("ada")
    for name, precedence in (("z", None), ("b", 2), ("a", 2), ("first", 0), ("y", None)):
        more = {} if precedence is None else {"Precedence": precedence, "RoleArn": role}
        pool.call("create_group", GroupName=name, **more)
        pool.call("admin_add_user_to_group", GroupName=name, Username="ada")
    pool.call("create_group", GroupName="not-hers", Precedence=1)
    same_names = world.pool()
    same_names.call("create_group", GroupName="first", Precedence=9)
    found = [tuple(row) for row in read(world, quick_reads.groups, sub)]
    assert [name for name, _, _ in found] == ["first", "a", "b", "y", "z"]
    assert found[0] == ("first", role, 0)
    assert found[-1] == ("z", None, None)

    def count(session: Session) -> int:
        members = select(GroupMember).where(GroupMember.user_id == sub)
        keys = [(row.pool_id, row.group_name) for row in session.scalars(members)]
        return len([session.get_one(Group, key) for key in keys])

    assert len(found) == by_orm(world, count)


def test_changing_what_was_read_stores_nothing(world: World, pool: Pool) -> None:
    sub = pool.create_user("ada")

    def change(session: Session) -> None:
        user = quick_reads.user_by_id(Rows.of(session), sub)
        assert user is not None
        user.status = "UNKNOWN"

    world.kernel.database.write(change)
    assert pool.call("admin_get_user", Username="ada")["UserStatus"] == "CONFIRMED"


def test_client_shows_no_secret_of_its_own_accord(world: World, client: AppClient) -> None:
    """It is kept in memory, and may come into an error's text or a log."""
    context = read(world, subjects.load_client, world.kernel, client.id)
    assert context.secrets == (client.secret,)
    assert client.secret
    assert client.secret not in repr(context)
