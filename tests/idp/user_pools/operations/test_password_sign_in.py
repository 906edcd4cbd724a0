"""USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH, the lock-out, and what tokens say."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    outcome,
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
    pool.create_user(address, email=address, email_verified="true", name="Ada")
    return address


def claims(token: str) -> dict[str, Any]:
    """The claims of a token whose signature the application would check."""
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def without_ids(read: dict[str, Any]) -> dict[str, Any]:
    """The claims that do not differ with each sign-in."""
    ids = {"jti", "origin_jti", "event_id"}
    return {name: value for name, value in read.items() if name not in ids}


def test_password_buys_three_tokens(client: AppClient, email: str) -> None:
    result = client.sign_in(email)["AuthenticationResult"]
    assert set(result) >= {"AccessToken", "IdToken", "RefreshToken"}
    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)


def test_tokens_say_who_signed_in_where(world: World, client: AppClient, email: str) -> None:
    tokens, now = client.tokens(email), int(world.time.now)
    pool, sub = client.pool, client.pool.attributes(email)["sub"]
    access, identity = claims(tokens["AccessToken"]), claims(tokens["IdToken"])
    issuer = f"http://localhost:8350/{pool.id}"
    assert world.verifier.verify(tokens["AccessToken"])
    assert without_ids(access) == {
        "sub": sub, "iss": issuer, "client_id": client.id, "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": now, "iat": now,
        "exp": now + 3600, "username": sub, "acr": "urn:cognito:loa:1", "amr": ["pwd"],
    }  # fmt: skip
    assert access["jti"] != identity["jti"]
    assert access["origin_jti"] == identity["origin_jti"]
    assert access["event_id"] == identity["event_id"]
    assert without_ids(identity) == {
        "sub": sub, "iss": issuer, "aud": client.id, "token_use": "id", "auth_time": now,
        "iat": now, "exp": now + 3600, "cognito:username": sub, "email": email,
        "email_verified": True, "name": "Ada", "acr": "urn:cognito:loa:1", "amr": ["pwd"],
    }  # fmt: skip
    assert jwt.get_unverified_header(tokens["AccessToken"])["alg"] == "RS256"


def test_groups_and_roles_go_into_tokens_by_precedence(
    client: AppClient, pool: Pool, email: str
) -> None:
    role = "arn:aws:iam::000000000000:role/"
    for name, precedence in (("crew", 5), ("captains", 1)):
        group = f"{name}-{email[7:12]}"
        pool.call("create_group", GroupName=group, Precedence=precedence, RoleArn=role + name)
        pool.call("admin_add_user_to_group", GroupName=group, Username=email)
    tokens = client.tokens(email)
    groups = [f"captains-{email[7:12]}", f"crew-{email[7:12]}"]
    assert claims(tokens["AccessToken"])["cognito:groups"] == groups
    identity = claims(tokens["IdToken"])
    assert identity["cognito:groups"] == groups
    assert identity["cognito:preferred_role"] == role + "captains"
    assert set(identity["cognito:roles"]) == {role + "captains", role + "crew"}


def test_validity_settings_decide_how_long_tokens_last(world: World, pool: Pool) -> None:
    client = pool.client(
        AccessTokenValidity=5, IdTokenValidity=10, RefreshTokenValidity=60,
        TokenValidityUnits={
            "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes",
        },
    )  # fmt: skip
    address = new_email()
    pool.create_user(address)
    result = client.sign_in(address)["AuthenticationResult"]
    assert result["ExpiresIn"] == 300
    identity = claims(result["IdToken"])
    assert identity["exp"] - identity["iat"] == 600
    world.time.pass_by(minutes=5)
    with refused("NotAuthorizedException", "Access Token has expired"):
        world.public.get_user(AccessToken=result["AccessToken"])
    assert client.refresh(result["RefreshToken"])["AuthenticationResult"]
    world.time.pass_by(minutes=55)
    with refused("NotAuthorizedException"):
        client.refresh(result["RefreshToken"])


def test_wrong_password_and_unknown_name_are_refused(client: AppClient, email: str) -> None:
    with refused("NotAuthorizedException", "Incorrect username or password."):
        client.sign_in(email, "Wrong-horse-9")
    with refused("UserNotFoundException", "User does not exist."):
        client.sign_in(new_email())


def test_missing_parameters_are_named(client: AppClient) -> None:
    for parameters, name in (({}, "USERNAME"), ({"USERNAME": "x"}, "PASSWORD")):
        with refused("InvalidParameterException", f"Missing required parameter {name}"):
            client.call("initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


def test_disabled_user_is_told_after_his_password_only(
    pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    pool.call("admin_disable_user", Username=email)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        client.sign_in(email, "Wrong-horse-9")
    with refused("NotAuthorizedException", "User is disabled."):
        client.sign_in(email)
    with refused("NotAuthorizedException"):
        client.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        pool.world.public.get_user(AccessToken=tokens["AccessToken"])
    pool.call("admin_enable_user", Username=email)
    assert client.sign_in(email)["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        client.refresh(tokens["RefreshToken"])


def test_administrators_flow_is_theirs_alone(pool: Pool, client: AppClient, email: str) -> None:
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD}
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        with refused("InvalidParameterException", "Initiate Auth method not supported."):
            client.call("initiate_auth", AuthFlow=flow, AuthParameters=parameters)
        answer = pool.call(
            "admin_initiate_auth", ClientId=client.id, AuthFlow=flow, AuthParameters=parameters
        )
        assert answer["AuthenticationResult"]["AccessToken"]


def test_administrators_flow_must_be_enabled(pool: Pool, email: str) -> None:
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD}
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        with refused("InvalidParameterException", "not enabled"):
            pool.call(
                "admin_initiate_auth", ClientId=client.id, AuthFlow=flow, AuthParameters=parameters
            )


def test_administrator_names_the_clients_own_pool(
    world: World, client: AppClient, email: str
) -> None:
    with refused("ResourceNotFoundException"):
        world.pool().call(
            "admin_initiate_auth", ClientId=client.id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )  # fmt: skip


def test_context_data_is_accepted_without_effect(client: AppClient, email: str) -> None:
    """It feeds threat protection and Pinpoint, which are refused where they are configured."""
    assert client.sign_in(
        email,
        UserContextData={"EncodedData": "x", "IpAddress": "192.0.2.1"},
        AnalyticsMetadata={"AnalyticsEndpointId": "x"},
        ClientMetadata={"x": "y"},
    )["AuthenticationResult"]


# --- The lock-out ---------------------------------------------------------------------------


def lock_out(client: AppClient, email: str, failures: int = 5) -> None:
    for _ in range(failures):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            client.sign_in(email, "Wrong-horse-9")


def test_five_failures_lock_the_user_out_for_a_second(
    world: World, client: AppClient, email: str
) -> None:
    lock_out(client, email)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in(email)
    world.time.pass_by(seconds=1)
    assert client.sign_in(email)["AuthenticationResult"]


def test_lock_out_doubles_with_each_failure(world: World, client: AppClient, email: str) -> None:
    lock_out(client, email)
    for seconds in (1, 2, 4, 8):
        world.time.pass_by(seconds=seconds - 0.5)
        with refused("NotAuthorizedException", "Password attempts exceeded"):
            client.sign_in(email)
        world.time.pass_by(seconds=0.5)
        lock_out(client, email, 1)


def test_lock_out_has_a_longest(world: World, client: AppClient, email: str) -> None:
    for _ in range(20):
        outcome(lambda: client.sign_in(email, "Wrong-horse-9"))
        world.time.pass_by(minutes=14, seconds=59)
    outcome(lambda: client.sign_in(email, "Wrong-horse-9"))
    world.time.pass_by(minutes=15)
    assert client.sign_in(email)["AuthenticationResult"]


def test_success_forgets_failures(client: AppClient, email: str) -> None:
    for _ in range(3):
        lock_out(client, email, 4)
        assert client.sign_in(email)["AuthenticationResult"]


def test_failures_count_for_the_user_by_all_of_his_names(world: World) -> None:
    pool = world.alias_pool()
    pool.create_user("ada", email="ada@example.com", email_verified="true")
    client = pool.client()
    lock_out(client, "ada", 3)
    lock_out(client, "ada@example.com", 2)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in("ada")


def test_parallel_guesses_get_no_more_tries(client: AppClient, email: str) -> None:
    guesses = [lambda n=number: client.sign_in(email, f"Wrong-horse-{n}") for number in range(12)]
    assert set(at_once(*guesses)) == {"NotAuthorizedException"}
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in(email)


def test_right_guess_during_a_lock_out_looks_like_a_wrong_one(world: World) -> None:
    """The guesses are held in a trigger until the lock-out has begun."""
    slow = world.function(
        "slow", "import time\nif event['request']['validationData']:\n    time.sleep(1.0)"
    )
    pool = world.email_pool(LambdaConfig={"PreAuthentication": slow})
    client, address = pool.client(), new_email()
    pool.create_user(address)
    unconfirmed = new_email()
    client.sign_up(unconfirmed)
    for name in (address, unconfirmed):
        messages: list[str] = []

        def guess(password: str, who: str = name, into: list[str] = messages) -> None:
            try:
                client.sign_in(who, password, ClientMetadata={"wait": "yes"})
            except Exception as error:
                into.append(str(error).partition("): ")[2] or str(error))
                raise

        at_once(
            lambda: guess(PASSWORD),
            lambda: guess("Wrong-horse-9"),
            lambda who=name: lock_out(client, who),
        )
        assert len(messages) == 2
        assert len(set(messages)) == 1, messages
