"""People of a directory become the pool's own users, with the password that they have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.errors import DirectoryUnavailable, NotAuthorized, UserNotFound
from idp.models import User
from idp.user_pools.services import password_reset
from tests.federation.ldap.conftest import DirectoryWorld
from tests.idp.oauth.world import TestClient
from tests.servers.active_directory import ActiveDirectory, active_directory
from tests.servers.run import free_port
from tests.servers.slapd import PASSWORD

NEW_PASSWORD = "Another-directory-8"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        yield running


@pytest.fixture
def client(directory_world: DirectoryWorld, ad: ActiveDirectory) -> TestClient:
    groups = {"attribute": "memberOf", "mapping": {"Makers": "makers"}}
    document = ad.document(mode="migrate", groups=groups)
    return directory_world.client(directory_world.pool(document, "makers"), ExplicitAuthFlows=FLOWS)


def test_the_first_sign_in_makes_a_native_user_who_needs_the_directory_no_more(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    account = ad.add("ada", PASSWORD, more={"memberOf": [b"CN=Makers,OU=Groups,DC=corp"]})
    claims = directory_world.claims(directory_world.sign_in(client, "ada", PASSWORD))
    assert (claims["email"], claims["cognito:groups"]) == ("ada@example.com", ["makers"])
    [user] = directory_world.world.rows(User)
    assert user.status == "CONFIRMED"
    assert user.sealed_verifier
    ad.binds.clear()
    account.password = NEW_PASSWORD
    assert directory_world.sign_in(client, "ada", PASSWORD)
    assert ad.binds == []


def test_the_directorys_password_is_no_second_one(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    """A wrong password here is looked for there like anybody's, and never tried for its owner."""
    account = ad.add("ada", PASSWORD)
    directory_world.sign_in(client, "ada", PASSWORD)
    account.password = NEW_PASSWORD
    ad.binds.clear()
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, "ada", NEW_PASSWORD)
    assert len(ad.binds) == 2
    assert account.dn not in {dn for dn, _ in ad.binds}


def test_people_leave_a_directory_that_was_the_authority(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    account = ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    before = directory_world.claims(directory_world.sign_in(client, "ada", PASSWORD))["sub"]
    directory_world.configure(client.pool_id, ad.document(mode="migrate"))
    for name in ("ada", "ada@corp.example.com"):
        with pytest.raises(NotAuthorized):
            directory_world.sign_in(client, name, "wrong")
    tokens = directory_world.sign_in(client, "ada@corp.example.com", PASSWORD)
    assert before == directory_world.claims(tokens)["sub"]
    account.password = NEW_PASSWORD
    ad.binds.clear()
    assert directory_world.sign_in(client, "ada", PASSWORD)
    assert ad.binds == []
    with pytest.raises(NotAuthorized):
        directory_world.sign_in(client, "ada", NEW_PASSWORD)
    [user] = directory_world.world.rows(User)
    assert (user.status, user.sealed_verifier is None) == ("CONFIRMED", False)


def test_nobody_leaves_it_as_somebody_else(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    """The name is another person's by now, whose password is right."""
    ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    directory_world.sign_in(client, "ada", PASSWORD)
    ad.add("ada", NEW_PASSWORD)
    directory_world.configure(client.pool_id, ad.document(mode="migrate"))
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, "ada", NEW_PASSWORD)
    [user] = directory_world.world.rows(User)
    assert user.status == "EXTERNAL_PROVIDER"


def test_a_wrong_password_makes_nobody(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    ad.add("ada", PASSWORD)
    with pytest.raises(NotAuthorized):
        directory_world.sign_in(client, "ada", "wrong")
    assert directory_world.world.rows(User) == []


def test_who_has_forgotten_his_password_is_found_and_sent_a_code(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    ad.add("ada", PASSWORD)
    world, context = directory_world.world, directory_world.context(client)
    password_reset.start(world.kernel, context, "ada", {})
    world.wait_for_message()
    password_reset.confirm(world.kernel, context, "ada", world.sent_code(), NEW_PASSWORD, {})
    assert directory_world.sign_in(client, "ada", NEW_PASSWORD)


def test_who_is_disabled_there_is_not_found(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    ad.add("ada", PASSWORD, control=0x202)
    legacy = directory_world.client(client.pool_id, PreventUserExistenceErrors="LEGACY")
    with pytest.raises(UserNotFound):
        password_reset.start(
            directory_world.world.kernel, directory_world.context(legacy), "ada", {}
        )


def test_a_directory_that_is_away_is_hidden_where_missing_users_are(
    directory_world: DirectoryWorld, ad: ActiveDirectory, client: TestClient
) -> None:
    document = ad.document(mode="migrate", urls=[f"ldap://127.0.0.1:{free_port()}"])
    directory_world.configure(client.pool_id, document)
    legacy = directory_world.client(client.pool_id, PreventUserExistenceErrors="LEGACY")
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, "ada", PASSWORD)
    with pytest.raises(DirectoryUnavailable):
        directory_world.sign_in(legacy, "ada", PASSWORD)
