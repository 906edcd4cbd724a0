"""Attacks on whose account a name opens."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
    attribute_list,
    new_email,
    new_name,
    refused,
)

THEFT = "Thiefs-horse-1"


@pytest.fixture
def pool(world: World) -> Pool:
    return world.alias_pool()


@pytest.fixture
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def victim(pool: Pool) -> str:
    pool.create_user(
        "victim", email="victim@example.com", email_verified="true", preferred_username="boss"
    )
    return "victim"


def whose(client: AppClient, name: str, password: str) -> str:
    """The username that a sign-in ends at."""
    token = client.tokens(name, password)["AccessToken"]
    username: str = client.pool.world.public.get_user(AccessToken=token)["Username"]
    return username


def thief(client: AppClient, **attributes: str) -> str:
    """A confirmed account of somebody else. Its access token."""
    name = new_name("thief")
    client.pool.create_user(name, password=THEFT, **attributes)
    return client.tokens(name, THEFT)["AccessToken"]


def test_unverified_address_opens_no_account(client: AppClient, victim: str) -> None:
    token = thief(client)
    client.pool.world.public.update_user_attributes(
        AccessToken=token, UserAttributes=attribute_list({"email": "victim@example.com"})
    )
    with refused("NotAuthorizedException"):
        client.sign_in("victim@example.com", THEFT)
    assert client.sign_in("victim@example.com")["AuthenticationResult"]


def test_address_of_another_is_no_username(client: AppClient, victim: str) -> None:
    invisibly = "victim@example.com\ufe0f"
    for name in ("victim@example.com", "+15550100001", "ｖictim@example.com", invisibly):
        with refused("InvalidParameterException", "format"):
            client.sign_up(name)


def test_preferred_username_is_neither_taken_nor_looks_like_an_address(
    client: AppClient, victim: str
) -> None:
    token = thief(client)
    change = client.pool.world.public.update_user_attributes
    for value, code in (
        ("boss", "AliasExistsException"),
        ("victim", "AliasExistsException"),
        ("victim@example.com", "InvalidParameterException"),
    ):
        with refused(code):
            change(AccessToken=token, UserAttributes=attribute_list({"preferred_username": value}))


def test_preferred_username_cannot_be_taken_by_force(
    world: World, client: AppClient, victim: str
) -> None:
    name, email = new_name("thief"), new_email()
    client.sign_up(name, THEFT, email=email, preferred_username="boss")
    with refused("AliasExistsException"):
        client.call(
            "confirm_sign_up", Username=name, ConfirmationCode=world.code(email),
            ForceAliasCreation=True,
        )  # fmt: skip
    assert whose(client, "boss", "Correct-horse-7") == "victim"


def test_force_moves_an_address_to_whom_proves_it(
    world: World, client: AppClient, victim: str
) -> None:
    name = new_name("heir")
    client.sign_up(name, THEFT, email="victim@example.com")
    code = world.code("victim@example.com")
    with refused("AliasExistsException"):
        client.call("confirm_sign_up", Username=name, ConfirmationCode=code)
    client.call("confirm_sign_up", Username=name, ConfirmationCode=code, ForceAliasCreation=True)
    assert whose(client, "victim@example.com", THEFT) == name
    assert client.pool.attributes("victim")["email_verified"] == "false"
    assert client.sign_in("victim")["AuthenticationResult"]


def test_force_without_the_code_moves_nothing(world: World, client: AppClient, victim: str) -> None:
    name = new_name("thief")
    client.sign_up(name, THEFT, email="victim@example.com")
    wrong = "000000" if world.code("victim@example.com") != "000000" else "000001"
    with refused("CodeMismatchException"):
        client.call(
            "confirm_sign_up", Username=name, ConfirmationCode=wrong, ForceAliasCreation=True
        )
    assert whose(client, "victim@example.com", "Correct-horse-7") == "victim"


def test_address_that_is_the_username_never_changes_hands(world: World) -> None:
    pool, email = world.email_pool(), new_email()
    pool.create_user(email)
    with refused("UsernameExistsException"):
        pool.call(
            "admin_create_user", Username=email, MessageAction="SUPPRESS",
            ForceAliasCreation=True,
            UserAttributes=attribute_list({"email_verified": "true"}),
        )  # fmt: skip


def test_administrators_force_needs_a_verified_address(client: AppClient, victim: str) -> None:
    unverified, verified = new_name("heir"), new_name("heir")
    for name, flag in ((unverified, "false"), (verified, "true")):
        attributes = attribute_list({"email": "victim@example.com", "email_verified": flag})
        client.pool.call(
            "admin_create_user", Username=name, MessageAction="SUPPRESS",
            UserAttributes=attributes, ForceAliasCreation=True,
        )  # fmt: skip
        owner = client.pool.call("admin_get_user", Username="victim@example.com")["Username"]
        assert owner == (victim if flag == "false" else verified)


@pytest.mark.parametrize("name", ["username", "preferred_username"])
def test_nobody_calls_himself_by_the_sub_of_another(
    client: AppClient, victim: str, name: str
) -> None:
    """An administrator who names the victim by `sub` must not meet the thief."""
    pool = client.pool
    sub = pool.attributes(victim)["sub"]
    if name == "username":
        with refused("UsernameExistsException"):
            client.sign_up(sub, THEFT)
    else:
        token = thief(client)
        changes = attribute_list({"preferred_username": sub})
        pool.world.public.update_user_attributes(AccessToken=token, UserAttributes=changes)
    assert pool.call("admin_get_user", Username=sub)["Username"] == victim


@pytest.mark.parametrize(
    ("taken", "lookalike"),
    [
        ("admin", "ａｄｍｉｎ"),
        ("admin", "𝐚𝐝𝐦𝐢𝐧"),
        ("fish", "ﬁsh"),
        ("Å", "Å"),
        ("admin", "admin\ufe0f"),
        ("admin", "ad\u034fmin"),
        ("admin", "admin\u3164"),
    ],
)
def test_name_that_is_written_another_way_is_taken(
    world: World, taken: str, lookalike: str
) -> None:
    client = world.pool().client()
    client.sign_up(taken)
    with refused("UsernameExistsException"):
        client.sign_up(lookalike)


def test_code_of_one_user_resets_no_other(world: World, client: AppClient, victim: str) -> None:
    name, email = new_name("thief"), new_email()
    client.pool.create_user(name, email=email, email_verified="true")
    client.call("forgot_password", Username=name)
    client.call("forgot_password", Username=victim)
    code = world.code(email)
    if code == world.code("victim@example.com"):
        pytest.skip("the two codes are equal by chance")
    with refused("CodeMismatchException"):
        client.call(
            "confirm_forgot_password", Username=victim, ConfirmationCode=code, Password=THEFT
        )


def test_secret_hash_is_of_the_name_in_the_request(world: World) -> None:
    pool = world.email_pool()
    client, email = pool.client(GenerateSecret=True), new_email()
    signed = {"Username": email, "SecretHash": client.hash_of(email)}
    for given in (
        {"Username": email},
        {"Username": email, "SecretHash": client.hash_of(new_email())},
        {"Username": email, "SecretHash": "x"},
    ):
        for operation, extra in (
            ("sign_up", {"Password": "Correct-horse-7"}),
            ("confirm_sign_up", {"ConfirmationCode": "123456"}),
            ("resend_confirmation_code", {}),
            ("forgot_password", {}),
            ("confirm_forgot_password",
             {"ConfirmationCode": "123456", "Password": "Correct-horse-7"}),
        ):  # fmt: skip
            with refused("NotAuthorizedException", client.id):
                client.call(operation, **given, **extra)
    client.call("sign_up", Password="Correct-horse-7", **signed)
    client.call("confirm_sign_up", ConfirmationCode=world.code(email), **signed)
    assert client.sign_in(email)["AuthenticationResult"]
    for parameters in ({}, {"SECRET_HASH": client.hash_of("x")}):
        with refused("NotAuthorizedException", client.id):
            client.call(
                "initiate_auth", AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": "Correct-horse-7", **parameters},
            )  # fmt: skip


def test_name_that_nobody_sees_is_refused(world: World) -> None:
    with refused("InvalidParameterException", "no visible characters"):
        world.pool().client().sign_up("\u3164\ufe0f")
