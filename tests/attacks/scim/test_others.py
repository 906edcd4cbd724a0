"""A directory changes nobody whom it has not made, unless the pool's operator says so."""

from __future__ import annotations

from idp.models import GroupMember
from idp.user_pools.services import documents, user_directories
from tests.idp.oauth.world import PASSWORD, World
from tests.idp.scim.directory import Directory, answered, refused, values
from tests.idp.scim.many import pool_group


def test_an_administrator_of_the_pool_is_seen_and_not_changed(by_email: Directory) -> None:
    world = by_email.world
    user_id = world.user(by_email.pool_id)
    before = by_email.stored(user_id)
    path = f"Users/{user_id}"
    assert by_email.found("Users", 'userName eq "ada@example.com"') == [user_id]
    for operation in (
        {"op": "replace", "path": "password", "value": PASSWORD},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "userName", "value": "eve@example.com"},
        {"op": "add", "path": "externalId", "value": "mine"},
    ):
        refused(by_email.patch(path, operation), 403)
    refused(by_email.ask("PUT", path, {"userName": "ada@example.com"}), 403)
    refused(by_email.ask("DELETE", path), 403)
    after = by_email.stored(user_id)
    assert (after.sealed_verifier, after.enabled) == (before.sealed_verifier, True)
    assert after.attributes == before.attributes


def test_nobody_is_put_into_a_group_of_the_pools_own(directory: Directory) -> None:
    pool_group(directory, "administrators")
    ada = directory.make_user("ada")["id"]
    (group_id,) = directory.found("Groups", 'displayName eq "administrators"')
    path = f"Groups/{group_id}"
    for operation in (
        {"op": "add", "path": "members", "value": values(ada)},
        {"op": "replace", "path": "displayName", "value": "operators"},
        {"op": "remove", "path": "members"},
    ):
        refused(directory.patch(path, operation), 403)
    body = {"displayName": "administrators", "members": values(ada)}
    refused(directory.ask("PUT", path, body), 403)
    refused(directory.ask("DELETE", path), 403)
    refused(directory.ask("POST", "Groups", body), 409, "uniqueness")
    assert directory.world.rows(GroupMember) == []


def test_what_a_directory_changes_while_it_may_is_its_own(directory: Directory) -> None:
    world = directory.world
    pool_group(directory, "Sales")
    (group_id,) = directory.found("Groups", 'displayName eq "Sales"')
    rename = {"op": "replace", "path": "displayName", "value": "World Sales"}
    world.configure(directory.pool_id, scim={"everybody": True})
    assert directory.patch(f"Groups/{group_id}", rename).status_code == 204
    world.configure(directory.pool_id)
    rename["value"] = "Sales"
    assert directory.patch(f"Groups/{group_id}", rename).status_code == 204


def test_whoever_an_ldap_directory_vouches_for_gets_no_password(directory: Directory) -> None:
    made = directory.make_user("ada")
    ldap(directory.world, directory.pool_id)
    directory.world.change_user(made["id"], status="EXTERNAL_PROVIDER")
    operation = {"op": "replace", "path": "password", "value": PASSWORD}
    detail = refused(directory.patch(f"Users/{made['id']}", operation), 403)
    assert detail == user_directories.NOT_CHANGED_HERE
    stored = directory.stored(made["id"])
    assert (stored.status, stored.sealed_verifier) == ("EXTERNAL_PROVIDER", None)
    title = {"op": "replace", "path": "title", "value": "Countess"}
    assert answered(directory.patch(f"Users/{made['id']}", title), 200)["title"] == "Countess"


def ldap(world: World, pool_id: str) -> None:
    """People of the pool sign in with the passwords of an LDAP directory."""
    settings = {
        "type": "ldap",
        "mode": "source",
        "urls": ["ldaps://ldap.example.com"],
        "base_dn": "dc=example,dc=com",
        documents.SEALED: "",
    }
    world.kernel.database.write(
        documents.put,
        pool_id,
        user_directories.KIND,
        user_directories.KEY,
        settings,
        world.kernel.clock.now(),
    )
