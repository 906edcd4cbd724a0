"""What an operator says of a pool's directory, beyond its tokens."""

from __future__ import annotations

from typing import Any

import pytest

from idp.models import LinkedIdentity
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import documents
from tests.idp.scim.directory import Directory, answered


def provider(directory: Directory, kind: str = "SAML") -> None:
    """An identity provider `Office` of the pool."""
    world = directory.world
    document = {"ProviderType": kind, "AttributeMapping": {"email": "mail"}}
    world.kernel.database.write(
        documents.add,
        directory.pool_id,
        documents.IDENTITY_PROVIDER,
        "Office",
        document,
        world.kernel.clock.now(),
    )


WRONG: tuple[Any, ...] = (
    {"provider": "Nobody"},
    {"provider": "Office", "attribute": "nickname"},
    {"provider": "Office", "value": "displayName"},
    {"provider": "Office", "invites": True},
    {"provider": "Cognito"},
    {"provider": ""},
    {"provider": 7},
    {"value": "userName"},
    {"invites": "yes"},
    {"verified": True},
    [],
)


def test_settings_that_could_not_be_enforced_are_refused(directory: Directory) -> None:
    provider(directory)
    for settings in WRONG:
        with pytest.raises(WrongSetting, match="scim"):
            directory.world.configure(directory.pool_id, scim=settings)


def test_people_are_linked_by_the_value_that_the_pool_names(directory: Directory) -> None:
    provider(directory)
    scim = {"provider": "Office", "attribute": "email", "value": "email"}
    directory.world.configure(directory.pool_id, scim=scim)
    nobody = directory.make_user("bob")
    assert directory.stored(nobody["id"]).status == "RESET_REQUIRED"
    made = directory.make_user("ada", emails=[{"value": "ada@example.com"}], password="made-up")
    assert directory.stored(made["id"]).status == "EXTERNAL_PROVIDER"
    assert links(directory) == {("Office", "email", "ada@example.com", made["id"])}
    operation = {"op": "replace", "path": "emails[value pr].value", "value": "al@example.com"}
    answered(directory.patch(f"Users/{made['id']}", operation), 200)
    assert links(directory) == {("Office", "email", "al@example.com", made["id"])}
    answered(directory.patch(f"Users/{made['id']}", {"op": "remove", "path": "emails"}), 200)
    assert links(directory) == set()


def test_a_link_goes_with_the_next_change_wherever_the_address_was_changed(
    directory: Directory,
) -> None:
    """Whoever gets the former address at the provider is somebody else."""
    provider(directory)
    scim = {"provider": "Office", "attribute": "email", "value": "email"}
    directory.world.configure(directory.pool_id, scim=scim)
    made = directory.make_user("ada", emails=[{"value": "ada@example.com"}])
    directory.world.change_user(made["id"], attributes={"email": "al@example.com"})
    title = {"op": "replace", "path": "title", "value": "Countess"}
    answered(directory.patch(f"Users/{made['id']}", title), 200)
    assert links(directory) == {("Office", "email", "al@example.com", made["id"])}


def test_who_was_provisioned_before_there_was_a_provider_is_linked_with_the_next_change(
    directory: Directory,
) -> None:
    made = directory.make_user("ada", externalId="00u1")
    provider(directory)
    directory.world.configure(directory.pool_id, scim={"provider": "Office"})
    title = {"op": "replace", "path": "title", "value": "Countess"}
    answered(directory.patch(f"Users/{made['id']}", title), 200)
    assert links(directory) == {("Office", "Cognito_Subject", "00u1", made["id"])}


def test_a_provider_that_is_gone_is_named_in_the_refusal(directory: Directory) -> None:
    provider(directory)
    directory.world.configure(directory.pool_id, scim={"provider": "Office"})
    directory.world.kernel.database.write(
        documents.remove, directory.pool_id, documents.IDENTITY_PROVIDER, "Office"
    )
    answer = directory.ask("POST", "Users", {"userName": "ada", "externalId": "1"})
    assert answer.status_code == 400
    assert "Office" in answer.get_json()["detail"]


def links(directory: Directory) -> set[tuple[str, str, str, str]]:
    rows = directory.world.rows(LinkedIdentity)
    return {(row.provider, row.attribute, row.value, row.user_id) for row in rows}
