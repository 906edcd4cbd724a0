"""Rotating the secrets of a confidential client."""

from __future__ import annotations

from typing import Any

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    World,
    at_once,
    refused,
    secret_hash,
)

OWN = "a_secret_of_ones_own_choice"


def call(client: AppClient, operation: str, **request: Any) -> Any:
    name = operation.format("user_pool_client_secret")
    return client.pool.call(name, ClientId=client.id, **request)


def signs_in(client: AppClient, secret: str) -> bool:
    parameters = {
        "USERNAME": "ada",
        "PASSWORD": PASSWORD,
        "SECRET_HASH": secret_hash(secret, "ada", client.id),
    }
    try:
        client.call("initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    except client.pool.world.public.exceptions.NotAuthorizedException:
        return False
    return True


def test_both_secrets_work_until_one_is_deleted(world: World) -> None:
    pool = world.pool()
    client = pool.client(GenerateSecret=True)
    pool.create_user("ada")
    assert client.secret
    made = call(client, "add_{}")["ClientSecretDescriptor"]
    assert signs_in(client, client.secret)
    assert signs_in(client, made["ClientSecretValue"])
    first, second = call(client, "list_{}s")["ClientSecrets"]
    assert second["ClientSecretId"] == made["ClientSecretId"]
    assert made["ClientSecretId"].startswith(f"{client.id}--")
    assert not {"ClientSecretValue"} & {*first, *second}
    call(client, "delete_{}", ClientSecretId=first["ClientSecretId"])
    assert not signs_in(client, client.secret)
    assert signs_in(client, made["ClientSecretValue"])


def test_own_secret_is_not_shown_again(world: World) -> None:
    client = world.pool().client(GenerateSecret=True)
    made = call(client, "add_{}", ClientSecret=OWN)["ClientSecretDescriptor"]
    assert "ClientSecretValue" not in made


def test_client_has_one_or_two_secrets(world: World) -> None:
    client = world.pool().client(GenerateSecret=True)
    (only,) = call(client, "list_{}s")["ClientSecrets"]
    with refused("InvalidParameterException", "last secret"):
        call(client, "delete_{}", ClientSecretId=only["ClientSecretId"])
    results = at_once(*[lambda: call(client, "add_{}")] * 3)
    assert results == ["LimitExceededException"] * 2 + ["ok"]


def test_public_client_gets_no_secret(world: World) -> None:
    client = world.pool().client()
    assert call(client, "list_{}s")["ClientSecrets"] == []
    with refused("InvalidParameterException", "confidential"):
        call(client, "add_{}")


def test_secret_of_another_client_is_unknown(world: World) -> None:
    pool = world.pool()
    client, other = pool.client(GenerateSecret=True), pool.client(GenerateSecret=True)
    (foreign,) = call(other, "list_{}s")["ClientSecrets"]
    with refused("ResourceNotFoundException"):
        call(client, "delete_{}", ClientSecretId=foreign["ClientSecretId"])
    with refused("ResourceNotFoundException"):
        world.pool().call("add_user_pool_client_secret", ClientId=client.id)
