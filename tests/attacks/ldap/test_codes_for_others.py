"""Strangers ask for codes in the names of people who have yet to come from the directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from idp.errors import NotAuthorized
from idp.models import ScimResource, User
from idp.user_pools.services import password_reset
from idp.user_pools.services.sign_in import machine
from idp.user_pools.services.sign_in.attempt import Asked
from tests.federation.ldap.conftest import DirectoryWorld
from tests.idp.oauth.world import TestClient
from tests.servers.active_directory import ActiveDirectory, active_directory
from tests.servers.slapd import PASSWORD

NEW_PASSWORD = "Another-directory-8"
NAMES = ("ada", "ada@corp.example.com")


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        running.add("ada", PASSWORD)
        yield running


def make(directory_world: DirectoryWorld, ad: ActiveDirectory, **members: Any) -> TestClient:
    groups = {"attribute": "memberOf", "mapping": {"Makers": "makers"}}
    document = ad.document(mode="migrate", groups=groups, **members)
    return directory_world.client(directory_world.pool(document, "makers"))


def ask_for_a_code(directory_world: DirectoryWorld, client: TestClient, name: str = "ada") -> None:
    context = directory_world.context(client)
    password_reset.start(directory_world.world.kernel, context, name, {})


def refused(directory_world: DirectoryWorld, client: TestClient, name: str, password: str) -> None:
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, name, password)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_that_a_stranger_asked_for_ends_nobodys_sign_in(
    directory_world: DirectoryWorld, ad: ActiveDirectory, name: str
) -> None:
    client = make(directory_world, ad)
    ask_for_a_code(directory_world, client)
    ask_for_a_code(directory_world, client, NAMES[1])
    ad.accounts["ada"].more["memberOf"] = [b"CN=Makers,OU=Groups,DC=corp"]
    refused(directory_world, client, name, "a guess")
    claims = directory_world.claims(directory_world.sign_in(client, name, PASSWORD))
    assert claims["cognito:groups"] == ["makers"]
    [user] = directory_world.world.rows(User)
    assert (user.username, user.status) == ("ada", "CONFIRMED")
    assert directory_world.world.rows(ScimResource) == []
    ad.binds.clear()
    assert directory_world.sign_in(client, "ada", PASSWORD)
    assert ad.binds == []


def test_nor_where_the_person_chooses_how_to_sign_in(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    pool_id = directory_world.pool(ad.document(mode="migrate"), UserPoolTier="ESSENTIALS")
    client = directory_world.client(pool_id, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    ask_for_a_code(directory_world, client)
    given = {"USERNAME": "ada", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    kernel = directory_world.world.kernel
    assert machine.start(kernel, "USER_AUTH", client.id, given, Asked())


@pytest.mark.parametrize("verifies", [False, True], ids=["no-address", "administrators-only"])
def test_nobody_is_made_who_could_not_be_sent_a_code(
    directory_world: DirectoryWorld, ad: ActiveDirectory, verifies: bool
) -> None:
    recovery = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    request = {"AccountRecoverySetting": recovery} if verifies else {}
    document = ad.document(mode="migrate", verified=["email"] if verifies else [])
    client = directory_world.client(directory_world.pool(document, **request))
    if verifies:
        with pytest.raises(NotAuthorized, match="administrator"):
            ask_for_a_code(directory_world, client)
    else:
        ask_for_a_code(directory_world, client)
    assert directory_world.world.rows(User) == []
    assert directory_world.sign_in(client, "ada", PASSWORD)


@pytest.mark.parametrize("name", NAMES)
def test_once_the_person_has_set_a_password_that_of_the_directory_is_none(
    directory_world: DirectoryWorld, ad: ActiveDirectory, name: str
) -> None:
    client = make(directory_world, ad)
    world, context = directory_world.world, directory_world.context(client)
    ask_for_a_code(directory_world, client)
    world.wait_for_message()
    password_reset.confirm(world.kernel, context, "ada", world.sent_code(), NEW_PASSWORD, {})
    refused(directory_world, client, name, PASSWORD)
    assert directory_world.sign_in(client, "ada", NEW_PASSWORD)


@pytest.mark.parametrize("has_password", [True, False], ids=["reset", "imported"])
def test_a_user_of_the_pools_own_is_not_taken_by_who_has_his_name_in_the_directory(
    directory_world: DirectoryWorld, ad: ActiveDirectory, has_password: bool
) -> None:
    client = make(directory_world, ad)
    user_id = directory_world.own_user(client.pool_id, "ada")
    none = {} if has_password else {"sealed_verifier": None, "srp_salt": None}
    directory_world.world.change_user(user_id, status="RESET_REQUIRED", **none)
    for password in (PASSWORD, "a guess"):
        refused(directory_world, client, "ada", password)
    [user] = directory_world.world.rows(User)
    assert (user.id, user.status) == (user_id, "RESET_REQUIRED")
    assert (user.sealed_verifier is not None) == has_password
