"""App clients: secrets, validity, flows, attributes and OAuth settings."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from idp.models import UserPool
from idp.user_pools.services import documents
from tests.idp.user_pools.operations.world import World, refused

CALLBACK = "https://app.example/callback"


def described(world: World, client: Any) -> dict[str, Any]:
    answer = client.pool.call("describe_user_pool_client", ClientId=client.id)
    found: dict[str, Any] = answer["UserPoolClient"]
    return found


def test_new_client_has_the_documented_defaults(world: World) -> None:
    pool = world.pool()
    made = pool.call("create_user_pool_client", ClientName="app")["UserPoolClient"]
    assert made["RefreshTokenValidity"] == 30
    assert made["EnableTokenRevocation"] is True
    assert made["AllowedOAuthFlowsUserPoolClient"] is False
    assert made["AuthSessionValidity"] == 3
    assert set(made["ExplicitAuthFlows"]) == {
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_CUSTOM_AUTH",
    }
    assert "ClientSecret" not in made


def test_client_has_the_secret_it_was_made_with(world: World) -> None:
    pool = world.pool()
    generated = pool.client(GenerateSecret=True)
    assert generated.secret
    assert len(generated.secret) >= 24
    assert described(world, generated)["ClientSecret"] == generated.secret
    own = pool.client(ClientSecret="a_secret_of_ones_own_choice")
    assert described(world, own)["ClientSecret"] == "a_secret_of_ones_own_choice"
    with refused("InvalidParameterException"):
        pool.client(GenerateSecret=True, ClientSecret="a_secret_of_ones_own_choice")


def test_secret_is_sealed_in_the_database(world: World) -> None:
    client = world.pool().client(GenerateSecret=True)
    assert client.secret
    stored = (world.folder / "poolgate.db").read_bytes()
    log = world.folder / "poolgate.db-wal"
    everything = stored + (log.read_bytes() if log.exists() else b"")
    assert client.id.encode() in everything
    assert client.secret.encode() not in everything


@pytest.mark.parametrize(
    ("flows", "is_allowed"),
    [
        (["ALLOW_USER_SRP_AUTH"], False),
        (["USER_PASSWORD_AUTH"], False),
        (["ADMIN_NO_SRP_AUTH"], False),
        (["CUSTOM_AUTH_FLOW_ONLY"], True),
        (["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"], True),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_pool_with_argon2id_has_no_client_that_may_use_srp(
    world: World, flows: list[str], is_allowed: bool
) -> None:
    pool = world.pool()

    def unit(session: Any) -> None:
        session.get(UserPool, pool.id).password_storage = "argon2id"

    world.kernel.database.write(unit)
    client = pool.client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    takes = (
        lambda: pool.client(ExplicitAuthFlows=flows),
        lambda: pool.call("update_user_pool_client", ClientId=client.id, ExplicitAuthFlows=flows),
    )
    for take in takes:
        if is_allowed:
            take()
        else:
            with refused("InvalidParameterException", flows[0]):
                take()


@pytest.mark.parametrize(
    ("members", "is_allowed"),
    [
        ({"AccessTokenValidity": 5, "TokenValidityUnits": {"AccessToken": "minutes"}}, True),
        ({"AccessTokenValidity": 299, "TokenValidityUnits": {"AccessToken": "seconds"}}, False),
        ({"AccessTokenValidity": 24}, True),
        ({"AccessTokenValidity": 25}, False),
        ({"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "days"}}, False),
        ({"RefreshTokenValidity": 3650}, True),
        ({"RefreshTokenValidity": 3651}, False),
        ({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}, False),
        ({"RefreshTokenValidity": 60, "TokenValidityUnits": {"RefreshToken": "minutes"}}, True),
        ({"RefreshTokenValidity": 1, "TokenValidityUnits": {"RefreshToken": "hours"},
          "AccessTokenValidity": 2}, False),
        ({"AuthSessionValidity": 2}, False),
        ({"AuthSessionValidity": 16}, False),
        ({"AuthSessionValidity": 15}, True),
    ],
)  # fmt: skip
def test_validity_has_ranges(world: World, members: dict[str, Any], is_allowed: bool) -> None:
    pool = world.pool()
    if is_allowed:
        pool.client(**members)
    else:
        with refused("InvalidParameterException"):
            pool.client(**members)


def test_refresh_validity_of_zero_means_thirty_days(world: World) -> None:
    client = world.pool().client(
        RefreshTokenValidity=0, TokenValidityUnits={"RefreshToken": "hours"}
    )
    found = described(world, client)
    assert found["RefreshTokenValidity"] == 30
    assert found["TokenValidityUnits"]["RefreshToken"] == "days"


def test_update_resets_what_is_left_out_and_keeps_the_secret(world: World) -> None:
    pool = world.pool()
    client = pool.client(
        GenerateSecret=True,
        PreventUserExistenceErrors="ENABLED",
        AccessTokenValidity=2,
        ReadAttributes=["email"],
        CallbackURLs=[CALLBACK],
        EnableTokenRevocation=False,
    )
    pool.call("update_user_pool_client", ClientId=client.id)
    found = described(world, client)
    assert found["ClientName"] == "app"
    assert found["ClientSecret"] == client.secret
    assert found["PreventUserExistenceErrors"] == "LEGACY"
    assert found["EnableTokenRevocation"] is True
    for gone in ("AccessTokenValidity", "ReadAttributes", "CallbackURLs"):
        assert gone not in found


def test_client_of_another_pool_is_unknown(world: World) -> None:
    client, other = world.pool().client(), world.pool()
    for operation in ("describe_user_pool_client", "delete_user_pool_client"):
        with refused("ResourceNotFoundException"):
            other.call(operation, ClientId=client.id)


def test_deleted_client_signs_nobody_in(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    pool.create_user("ada")
    tokens = client.tokens("ada")
    pool.call("delete_user_pool_client", ClientId=client.id)
    with refused("ResourceNotFoundException"):
        client.sign_in("ada")
    with refused("ResourceNotFoundException"):
        client.refresh(tokens["RefreshToken"])


def test_clients_are_listed_in_pages(world: World) -> None:
    pool = world.pool()
    made = {pool.client().id for _ in range(3)}
    first = pool.call("list_user_pool_clients", MaxResults=2)
    second = pool.call("list_user_pool_clients", MaxResults=2, NextToken=first["NextToken"])
    listed = first["UserPoolClients"] + second["UserPoolClients"]
    assert {client["ClientId"] for client in listed} == made
    assert all("ClientSecret" not in client for client in listed)
    registered = pool.call("list_user_pool_clients", ClientType="DCR")
    assert registered["UserPoolClients"] == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]},
         "InvalidParameterException"),
        ({"AllowedOAuthFlows": ["code", "client_credentials"]}, "InvalidOAuthFlowException"),
        ({"AllowedOAuthFlows": ["client_credentials"]}, "InvalidOAuthFlowException"),
        ({"AllowedOAuthFlows": ["implicit"]}, "InvalidParameterException"),
        ({"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"]},
         "InvalidParameterException"),
        ({"AllowedOAuthScopes": ["none/read"]}, "ScopeDoesNotExistException"),
        ({"CallbackURLs": ["http://app.example/"]}, "InvalidParameterException"),
        ({"CallbackURLs": ["javascript:alert(1)"]}, "InvalidParameterException"),
        ({"CallbackURLs": ["https://app.example/#x"]}, "InvalidParameterException"),
        ({"CallbackURLs": [CALLBACK], "DefaultRedirectURI": "https://evil.example/"},
         "InvalidParameterException"),
        ({"LogoutURLs": ["data:text/html,x"]}, "InvalidParameterException"),
        ({"AnalyticsConfiguration": {"ApplicationId": "x"}}, "InvalidParameterException"),
        ({"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException"),
        ({"WriteAttributes": ["none"]}, "InvalidParameterException"),
        ({"WriteAttributes": ["sub"]}, "InvalidParameterException"),
        ({"RefreshTokenRotation": {"Feature": "ENABLED"}}, "InvalidParameterException"),
        ({"EnablePropagateAdditionalUserContextData": True}, "InvalidParameterException"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_setting_that_contradicts_itself_is_refused(
    world: World, members: dict[str, Any], code: str
) -> None:
    with refused(code):
        world.pool().client(**members)


def test_native_and_loopback_callbacks_are_allowed(world: World) -> None:
    world.pool().client(
        CallbackURLs=[
            "myapp://signed-in",
            "http://localhost:3000/x",
            "http://127.0.0.1/",
            CALLBACK,
        ],
        DefaultRedirectURI=CALLBACK,
    )


def test_flow_that_the_client_does_not_allow_is_refused(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada")
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH"):
        client.sign_in("ada")


def test_client_reads_and_writes_only_its_attributes(world: World) -> None:
    pool = world.pool()
    client = pool.client(ReadAttributes=["email", "name"], WriteAttributes=["name"])
    pool.create_user("ada", email="ada@example.com", nickname="Lovelace")
    token = client.tokens("ada")["AccessToken"]
    seen = {each["Name"] for each in world.public.get_user(AccessToken=token)["UserAttributes"]}
    assert seen == {"sub", "email"}
    world.public.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "name", "Value": "Ada"}]
    )
    with refused("NotAuthorizedException", "unauthorized attribute"):
        world.public.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": "nickname", "Value": "x"}]
        )
    with refused("NotAuthorizedException"):
        world.public.delete_user_attributes(AccessToken=token, UserAttributeNames=["nickname"])
    with refused("NotAuthorizedException"):
        client.sign_up("eve", nickname="x")


def register_itself(world: World, client: Any) -> None:
    """As /oauth2/register leaves a client."""
    world.kernel.database.write(
        documents.add,
        client.pool.id,
        documents.CLIENT_REGISTRATION,
        client.id,
        {"token": "x"},
        world.kernel.clock.now(),
    )


def test_client_types_are_told_apart(world: World) -> None:
    pool = world.pool()
    regular, registered = pool.client(), pool.client()
    register_itself(world, registered)
    assert described(world, regular)["ClientType"] == "REGULAR"
    assert described(world, registered)["ClientType"] == "DCR"
    for kind, expected in (
        ({"ClientType": "DCR"}, {registered.id}),
        ({"ClientType": "REGULAR"}, {regular.id}),
        ({}, {regular.id, registered.id}),
    ):
        found = pool.call("list_user_pool_clients", **kind)["UserPoolClients"]
        assert {each["ClientId"] for each in found} == expected


def test_secrets_of_a_registered_client_are_its_own(world: World) -> None:
    client = world.pool().client(GenerateSecret=True)
    register_itself(world, client)
    with refused("InvalidParameterException"):
        client.pool.call("add_user_pool_client_secret", ClientId=client.id)


def test_the_implicit_flow_is_warned_about(world: World) -> None:
    """RFC 9700 §2.1.2."""
    oauth = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
    }
    pool = world.pool()
    with capture_logs() as entries:
        pool.client(**oauth, AllowedOAuthFlows=["code"])
        made = pool.client(**oauth, AllowedOAuthFlows=["implicit"])
    warned = [each for each in entries if each["event"] == "client may use the implicit flow"]
    assert [each["client_id"] for each in warned] == [made.id]
