"""RevokeToken, GlobalSignOut, AdminUserGlobalSignOut: at once for tokens and operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from idp.models import Revocation
from tests.idp.user_pools.operations.world import AppClient, Pool, World, new_email, refused


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, email=address, email_verified="true")
    return address


def own_operations(world: World) -> list[Callable[[str], Any]]:
    """Every operation that an access token authorises."""
    public = world.public
    value = [{"Name": "name", "Value": "x"}]
    return [
        lambda token: public.get_user(AccessToken=token),
        lambda token: public.update_user_attributes(AccessToken=token, UserAttributes=value),
        lambda token: public.delete_user_attributes(AccessToken=token, UserAttributeNames=["name"]),
        lambda token: public.get_user_attribute_verification_code(
            AccessToken=token, AttributeName="email"
        ),
        lambda token: public.verify_user_attribute(
            AccessToken=token, AttributeName="email", Code="123456"
        ),
        lambda token: public.change_password(
            AccessToken=token, PreviousPassword="Old-horse-77", ProposedPassword="New-horse-77"
        ),
        lambda token: public.global_sign_out(AccessToken=token),
        lambda token: public.delete_user(AccessToken=token),
    ]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def assert_ended(world: World, client: AppClient, tokens: dict[str, str]) -> None:
    for operation in own_operations(world):
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            operation(tokens["AccessToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        client.refresh(tokens["RefreshToken"])


def test_revoked_refresh_token_ends_its_sign_in_alone(
    world: World, client: AppClient, email: str
) -> None:
    revoked, kept = client.tokens(email), client.tokens(email)
    client.call("revoke_token", Token=revoked["RefreshToken"])
    assert_ended(world, client, revoked)
    assert world.public.get_user(AccessToken=kept["AccessToken"])
    assert client.refresh(kept["RefreshToken"])
    client.call("revoke_token", Token=revoked["RefreshToken"])


def test_refreshed_access_token_ends_with_its_sign_in(
    world: World, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    refreshed = client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    client.call("revoke_token", Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=refreshed["AccessToken"])


def test_only_refresh_tokens_are_revoked(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    for name in ("AccessToken", "IdToken"):
        with refused("UnsupportedTokenTypeException"):
            client.call("revoke_token", Token=tokens[name])
    client.call("revoke_token", Token="no-token-at-all")
    assert client.refresh(tokens["RefreshToken"])


def test_client_revokes_only_its_own_tokens(pool: Pool, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    pool.client().call("revoke_token", Token=tokens["RefreshToken"])
    assert client.refresh(tokens["RefreshToken"])


def test_confidential_client_proves_itself(pool: Pool, email: str) -> None:
    client = pool.client(GenerateSecret=True)
    token = client.tokens(email)["RefreshToken"]
    for given in ({}, {"ClientSecret": "w" * 30}):
        with refused("UnauthorizedException"):
            client.call("revoke_token", Token=token, **given)
    client.call("revoke_token", Token=token, ClientSecret=client.secret)
    sub = pool.attributes(email)["sub"]
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(token, SECRET_HASH=client.hash_of(sub))


def test_client_may_have_revocation_off(pool: Pool, email: str) -> None:
    client = pool.client(EnableTokenRevocation=False)
    with refused("UnsupportedOperationException"):
        client.call("revoke_token", Token=client.tokens(email)["RefreshToken"])


def test_global_sign_out_ends_all_sign_ins(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    other = pool.client()
    mine, elsewhere = client.tokens(email), other.tokens(email)
    world.public.global_sign_out(AccessToken=mine["AccessToken"])
    assert_ended(world, client, mine)
    assert_ended(world, other, elsewhere)
    assert world.public.get_user(AccessToken=client.tokens(email)["AccessToken"])


def test_administrator_signs_a_user_out(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    pool.call("admin_user_global_sign_out", Username=email)
    assert_ended(world, client, tokens)


def test_sign_out_of_one_user_leaves_the_others(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    other = new_email()
    pool.create_user(other)
    tokens = client.tokens(other)
    pool.call("admin_user_global_sign_out", Username=email)
    assert world.public.get_user(AccessToken=tokens["AccessToken"])


def test_deleted_users_tokens_are_worth_nothing(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    pool.call("admin_delete_user", Username=email)
    with refused("UserNotFoundException"):
        world.public.get_user(AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.refresh(tokens["RefreshToken"])


def test_deleted_clients_sign_ins_are_announced_to_every_verifier(
    world: World, pool: Pool, email: str
) -> None:
    gone, other = pool.client(), pool.client()
    ended, kept = gone.tokens(email), other.tokens(email)
    pool.call("delete_user_pool_client", ClientId=gone.id)
    with refused("UserNotFoundException"):
        world.public.get_user(AccessToken=ended["AccessToken"])
    world.public.get_user(AccessToken=kept["AccessToken"])
    revoked = world.kernel.database.read(
        lambda session: set(session.scalars(select(Revocation.origin_jti)))
    )
    assert claims_of(ended["AccessToken"])["origin_jti"] in revoked
    assert claims_of(kept["AccessToken"])["origin_jti"] not in revoked


@pytest.mark.parametrize("name", ["IdToken", "RefreshToken"])
def test_other_tokens_authorise_no_operation(
    world: World, client: AppClient, email: str, name: str
) -> None:
    token = client.tokens(email)[name]
    for operation in own_operations(world):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            operation(token)


def test_forged_access_token_is_refused(world: World, client: AppClient, email: str) -> None:
    head, body, signature = client.tokens(email)["AccessToken"].split(".")
    none = "eyJhbGciOiJub25lIn0"
    flipped = ("A" if signature[9] != "A" else "B").join((signature[:9], signature[10:]))
    for forged in (
        f"{none}.{body}.",
        f"{head}.{body}.{flipped}",
        f"{head}.{body[:-4]}.{signature}",
    ):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            world.public.get_user(AccessToken=forged)
