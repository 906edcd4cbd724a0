"""REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken, with and without rotation."""

from __future__ import annotations

import jwt
import pytest

from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    refused,
)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, email=address)
    return address


def rotating(pool: Pool, grace: int = 0, **request: object) -> AppClient:
    return pool.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
        **request,
    )


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_refresh_token_buys_new_tokens_of_the_same_sign_in(
    world: World, client: AppClient, email: str, flow: str
) -> None:
    tokens = client.tokens(email)
    world.time.pass_by(hours=2)
    answer = client.call(
        "initiate_auth", AuthFlow=flow, AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
    )["AuthenticationResult"]
    assert "RefreshToken" not in answer
    before, after = (
        jwt.decode(each["AccessToken"], options={"verify_signature": False})
        for each in (tokens, answer)
    )
    assert after["origin_jti"] == before["origin_jti"]
    assert after["auth_time"] == before["auth_time"]
    assert after["iat"] == before["iat"] + 7200
    assert after["jti"] != before["jti"]


def test_get_tokens_works_without_rotation_too(client: AppClient, email: str) -> None:
    tokens = client.rotate(client.tokens(email)["RefreshToken"])
    assert tokens["AccessToken"]
    assert "RefreshToken" not in tokens


def test_refresh_token_of_another_client_is_refused(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    token = client.tokens(email)["RefreshToken"]
    for other in (pool.client(), world.email_pool().client()):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            other.refresh(token)
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            other.rotate(token)


def test_other_tokens_are_no_refresh_tokens(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    for name in ("AccessToken", "IdToken"):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            client.refresh(tokens[name])
    token = tokens["RefreshToken"]
    middle = len(token) // 2
    altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.refresh(altered)


def test_client_must_allow_refreshing(pool: Pool, email: str) -> None:
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    token = client.tokens(email)["RefreshToken"]
    with refused("InvalidParameterException", "not enabled"):
        client.refresh(token)


def test_rotation_replaces_the_token_with_each_refresh(pool: Pool, email: str) -> None:
    client = rotating(pool)
    first = client.tokens(email)["RefreshToken"]
    second = client.rotate(first)["RefreshToken"]
    third = client.rotate(second)["RefreshToken"]
    assert len({first, second, third}) == 3
    assert client.rotate(third)["AccessToken"]


def test_rotating_client_does_not_refresh_the_old_way(pool: Pool, email: str) -> None:
    client = rotating(pool)
    with refused("UnsupportedOperationException"):
        client.refresh(client.tokens(email)["RefreshToken"])


def test_replaced_token_ends_the_sign_in(world: World, pool: Pool, email: str) -> None:
    client = rotating(pool)
    tokens = client.tokens(email)
    newer = client.rotate(tokens["RefreshToken"])
    with refused("RefreshTokenReuseException"):
        client.rotate(tokens["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        client.rotate(newer["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=newer["AccessToken"])


def test_grace_period_forgives_a_lost_answer(world: World, pool: Pool, email: str) -> None:
    client = rotating(pool, grace=30)
    first = client.tokens(email)["RefreshToken"]
    client.rotate(first)
    world.time.pass_by(seconds=29)
    again = client.rotate(first)["RefreshToken"]
    assert client.rotate(again)["RefreshToken"]
    with refused("RefreshTokenReuseException"):
        client.rotate(first)


def test_grace_period_ends(world: World, pool: Pool, email: str) -> None:
    client = rotating(pool, grace=30)
    first = client.tokens(email)["RefreshToken"]
    second = client.rotate(first)["RefreshToken"]
    world.time.pass_by(seconds=30)
    with refused("RefreshTokenReuseException"):
        client.rotate(first)
    with refused("NotAuthorizedException"):
        client.rotate(second)


def test_rotation_does_not_lengthen_the_sign_in(world: World, pool: Pool, email: str) -> None:
    client = rotating(pool, RefreshTokenValidity=60, TokenValidityUnits={"RefreshToken": "minutes"})
    first = client.tokens(email)["RefreshToken"]
    world.time.pass_by(minutes=59)
    second = client.rotate(first)["RefreshToken"]
    world.time.pass_by(minutes=1)
    with refused("NotAuthorizedException"):
        client.rotate(second)


def test_failing_trigger_costs_no_refresh_token(world: World) -> None:
    refuses = world.function("refuses_refresh", "if event['request']['clientMetadata']:\n    1 / 0")
    pool = world.email_pool(LambdaConfig={"PreTokenGeneration": refuses})
    client, address = rotating(pool), new_email()
    pool.create_user(address)
    token = client.tokens(address)["RefreshToken"]
    with refused("UserLambdaValidationException"):
        client.rotate(token, ClientMetadata={"fail": "yes"})
    assert client.rotate(token)["RefreshToken"]


def test_confidential_client_proves_itself(pool: Pool, email: str) -> None:
    client = pool.client(GenerateSecret=True)
    tokens = client.tokens(email)
    sub = pool.attributes(email)["sub"]
    with refused("NotAuthorizedException"):
        client.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        client.refresh(tokens["RefreshToken"], SECRET_HASH=client.hash_of("somebody-else"))
    answer = client.refresh(tokens["RefreshToken"], SECRET_HASH=client.hash_of(sub))
    assert answer["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        client.rotate(tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        client.rotate(tokens["RefreshToken"], ClientSecret="w" * 30)
    assert client.rotate(tokens["RefreshToken"], ClientSecret=client.secret)["AccessToken"]


def test_administrators_refresh_in_the_clients_own_pool(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    given = {
        "ClientId": client.id,
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": client.tokens(email)["RefreshToken"]},
    }
    assert pool.call("admin_initiate_auth", **given)["AuthenticationResult"]
    with refused("ResourceNotFoundException"):
        world.pool().call("admin_initiate_auth", **given)


def test_replaced_token_stays_replaced_when_rotation_is_turned_off(
    world: World, pool: Pool, email: str
) -> None:
    """Else whoever stole an old one could wait for it."""
    client = rotating(pool)
    first = client.tokens(email)["RefreshToken"]
    second = client.rotate(first)["RefreshToken"]
    pool.call(
        "update_user_pool_client",
        ClientId=client.id,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.refresh(first)
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.rotate(first)
    assert client.refresh(second)["AuthenticationResult"]["AccessToken"]


def test_token_used_twice_at_once_without_grace_ends_the_sign_in(
    world: World, pool: Pool, email: str
) -> None:
    client = rotating(pool)
    tokens = client.tokens(email)
    led_to = at_once(*[lambda: client.rotate(tokens["RefreshToken"])] * 6)
    assert led_to.count("ok") == 1
    assert set(led_to) <= {"ok", "RefreshTokenReuseException", "NotAuthorizedException"}
    assert "RefreshTokenReuseException" in led_to
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=tokens["AccessToken"])


def test_retries_at_once_within_grace_get_one_and_the_same_successor(
    world: World, pool: Pool, email: str
) -> None:
    client = rotating(pool, grace=30)
    first = client.tokens(email)["RefreshToken"]
    successors: list[str] = []
    led_to = at_once(*[lambda: successors.append(client.rotate(first)["RefreshToken"])] * 6)
    assert led_to == ["ok"] * 6
    world.time.pass_by(seconds=31)
    assert client.rotate(successors[0])["AccessToken"]
    world.time.pass_by(seconds=31)
    with refused("RefreshTokenReuseException"):
        client.rotate(successors[1])


def test_forged_generations_are_not_to_be_had(pool: Pool, email: str) -> None:
    """The generation stands in the sealed token: a token of the other kind of client is none."""
    rotates, plain = rotating(pool), pool.client()
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        rotates.rotate(plain.tokens(email)["RefreshToken"])
