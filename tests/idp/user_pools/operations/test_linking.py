"""Linking a user to identities at providers, and taking the links away again."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from tests.idp.user_pools.operations.providers import GOOGLE, OIDC, SAML_BY_URL, create
from tests.idp.user_pools.operations.world import (
    Pool,
    World,
    at_once,
    new_email,
    new_name,
    refused,
)


def identity(provider: str, value: str, attribute: str = "Cognito_Subject") -> dict[str, str]:
    return {
        "ProviderName": provider,
        "ProviderAttributeName": attribute,
        "ProviderAttributeValue": value,
    }


def link(pool: Pool, username: str, source: dict[str, str]) -> Any:
    destination = {"ProviderName": "Cognito", "ProviderAttributeValue": username}
    return pool.call("admin_link_provider_for_user", DestinationUser=destination, SourceUser=source)


def unlink(pool: Pool, user: dict[str, str]) -> Any:
    return pool.call("admin_disable_provider_for_user", User=user)


@pytest.fixture
def pool(world: World) -> Pool:
    made = world.pool()
    create(made, "Google", GOOGLE)
    create(made, "OIDC", OIDC, "Office", AttributeMapping={"email": "mail"})
    return made


def identities(pool: Pool, username: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pool.attributes(username).get("identities", "[]"))
    return found


def test_link_is_shown_as_an_attribute_and_in_tokens(world: World, pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Google", "1234"))
    milliseconds = int(world.time.now * 1000)
    entry = {
        "userId": "1234",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": None,
        "primary": False,
        "dateCreated": milliseconds,
    }
    assert identities(pool, name) == [entry]
    (listed,) = pool.call("list_users", AttributesToGet=["identities"])["Users"]
    assert json.loads(listed["Attributes"][0]["Value"]) == [entry]
    tokens = pool.client(ReadAttributes=["email"]).tokens(name)
    claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
    assert claims["identities"] == [{**entry, "primary": "false", "dateCreated": str(milliseconds)}]
    mine = world.public.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"]
    assert {"Name": "identities", "Value": json.dumps([entry], separators=(",", ":"))} in mine


def test_link_by_an_attribute_needs_its_mapping(pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Office", "a@example.com", "email"))
    assert identities(pool, name)[0]["providerType"] == "OIDC"
    with refused("InvalidParameterException", "AttributeMapping"):
        link(pool, name, identity("Office", "x", "phone_number"))
    with refused("InvalidParameterException", "must be Cognito_Subject"):
        link(pool, name, identity("Google", "x", "email"))


def test_local_user_is_no_source(pool: Pool) -> None:
    pool.create_user("one")
    pool.create_user("two")
    with refused("InvalidParameterException", "Invalid SourceUser: Cognito users"):
        link(pool, "one", identity("Cognito", "two"))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (identity("Nobody", "x"), "ResourceNotFoundException"),
        (identity("Google", ""), "InvalidParameterException"),
        (identity("Google", "é" * 600), "InvalidParameterException"),
        ({"ProviderAttributeValue": "x"}, "InvalidParameterException"),
    ],
)
def test_source_must_be_somebody_at_a_provider(
    pool: Pool, source: dict[str, str], code: str
) -> None:
    name = new_name()
    pool.create_user(name)
    with refused(code):
        link(pool, name, source)


def test_destination_must_exist(pool: Pool) -> None:
    with refused("UserNotFoundException"):
        link(pool, "nobody", identity("Google", "1"))


def test_identity_belongs_to_one_user(pool: Pool) -> None:
    one, two = new_name(), new_name()
    pool.create_user(one)
    pool.create_user(two)
    link(pool, one, identity("Google", "1"))
    with refused("InvalidParameterException", "already linked to DestinationUser"):
        link(pool, one, identity("Google", "1"))
    with refused("InvalidParameterException", "Merging is not currently supported"):
        link(pool, two, identity("Google", "1"))
    works = [lambda name=name: link(pool, name, identity("Google", "2")) for name in (one, two)]
    assert at_once(*works) == ["InvalidParameterException", "ok"]


def test_user_who_came_from_the_provider_cannot_be_merged(world: World) -> None:
    pool = world.pool()
    pool.create_user("Google_777")
    create(pool, "Google", GOOGLE)
    name = new_name()
    pool.create_user(name)
    with refused("InvalidParameterException", "Merging"):
        link(pool, name, identity("Google", "777"))


def test_linked_identity_names_its_user_as_destination(pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Google", "1"))
    pool.call(
        "admin_link_provider_for_user",
        DestinationUser={"ProviderName": "Google", "ProviderAttributeValue": "1"},
        SourceUser=identity("Office", "o1"),
    )
    assert [each["providerName"] for each in identities(pool, name)] == ["Google", "Office"]


def test_user_has_at_most_five_links_even_at_once(pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    for number in range(4):
        link(pool, name, identity("Google", str(number)))
    works = [lambda n=n: link(pool, name, identity("Google", f"x{n}")) for n in range(3)]
    assert at_once(*works) == ["LimitExceededException", "LimitExceededException", "ok"]
    assert len(identities(pool, name)) == 5


def test_link_is_taken_away_by_the_values_it_was_made_with(pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Office", "a@example.com", "email"))
    with refused("UserNotFoundException"):
        unlink(pool, identity("Office", "a@example.com"))
    unlink(pool, identity("Office", "a@example.com", "email"))
    assert "identities" not in pool.attributes(name)
    with refused("UserNotFoundException"):
        unlink(pool, identity("Office", "a@example.com", "email"))
    with refused("ResourceNotFoundException"):
        unlink(pool, identity("Nobody", "x"))


def test_links_of_another_pool_are_out_of_reach(world: World, pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Google", "1"))
    other = world.pool()
    create(other, "Google", GOOGLE)
    with refused("UserNotFoundException"):
        unlink(other, identity("Google", "1"))
    assert identities(pool, name)


def test_provider_that_takes_a_name_does_not_inherit_its_links(pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    link(pool, name, identity("Office", "1"))
    pool.call("delete_identity_provider", ProviderName="Office")
    assert "identities" not in pool.attributes(name)
    create(pool, "SAML", SAML_BY_URL, "Office")
    with refused("UserNotFoundException"):
        unlink(pool, identity("Office", "1"))


def test_nobody_writes_his_identities_himself(world: World, pool: Pool) -> None:
    name = new_name()
    pool.create_user(name)
    token = pool.client().tokens(name)["AccessToken"]
    forged = [{"Name": "identities", "Value": "[]"}]
    with refused("InvalidParameterException"):
        world.public.update_user_attributes(AccessToken=token, UserAttributes=forged)


def test_disabled_local_user_has_no_password_and_gets_none_by_code(world: World) -> None:
    pool, email = world.email_pool(), new_email()
    create(pool, "Google", GOOGLE)
    client = pool.client()
    pool.create_user(email, email=email, email_verified="true")
    username = pool.call("admin_get_user", Username=email)["Username"]
    client.call("forgot_password", Username=email)
    code = world.code(email)
    unlink(pool, identity("Cognito", username))
    assert pool.call("admin_get_user", Username=email)["UserStatus"] == "EXTERNAL_PROVIDER"
    with refused("NotAuthorizedException"):
        client.sign_in(email)
    with refused("ExpiredCodeException"):
        client.call(
            "confirm_forgot_password", Username=email, ConfirmationCode=code, Password="New-pass-9"
        )
    with refused("NotAuthorizedException"):
        client.call("forgot_password", Username=email)
    with refused("UserNotFoundException"):
        unlink(pool, identity("Cognito", "nobody"))
    with refused("InvalidParameterException", "Cognito_Subject"):
        unlink(pool, identity("Cognito", username, "email"))
