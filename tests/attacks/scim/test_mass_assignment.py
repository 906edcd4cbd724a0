"""A directory writes what the schemas say, and nothing else of a user, a group or the pool."""

from __future__ import annotations

from typing import Any

from idp.models import Group, GroupMember, User
from tests.idp.scim.directory import POOL, Directory, answered, refused

ID = "00000000-0000-4000-8000-000000000001"
FORBIDDEN: dict[str, Any] = {
    "id": ID,
    "meta": {"resourceType": "User", "created": "2001-01-01T00:00:00Z", "version": "mine"},
    "groups": [{"value": ID, "display": "administrators"}],
    "sub": ID,
    "status": "CONFIRMED",
    "mfa": {"enabled": []},
    "identities": '[{"primary": true, "providerName": "Company", "userId": "1"}]',
    "email_verified": "true",
    "custom:tier": "gold",
    "password_hash": "x",
    POOL: {
        "sub": ID,
        "identities": "[]",
        "email_verified": "true",
        "phone_number_verified": "true",
        "updated_at": "1",
        "email": "other@example.com",
    },
}


def test_creation_takes_no_foreign_members(directory: Directory) -> None:
    directory.make_group("administrators")
    made = directory.make_user("ada", emails=[{"value": "a@example.com"}], **FORBIDDEN)
    check_untouched(directory, made)


def test_replacement_takes_no_foreign_members(directory: Directory) -> None:
    directory.make_group("administrators")
    made = directory.make_user("ada")
    body = {"userName": "ada", "emails": [{"value": "a@example.com"}], **FORBIDDEN}
    replaced = answered(directory.ask("PUT", f"Users/{made['id']}", body), 200)
    assert replaced["id"] == made["id"]
    check_untouched(directory, replaced)


def test_patches_take_no_foreign_members(directory: Directory) -> None:
    directory.make_group("administrators")
    made = directory.make_user("ada", emails=[{"value": "a@example.com"}])
    path = f"Users/{made['id']}"
    for name, value in FORBIDDEN.items():
        for operation in (
            {"op": "add", "path": name, "value": value},
            {"op": "replace", "path": name, "value": value},
            {"op": "replace", "value": {name: value}},
        ):
            answer = directory.patch(path, operation)
            assert answer.status_code in (200, 400), answer.text
    check_untouched(directory, answered(directory.get(path), 200))


def check_untouched(directory: Directory, seen: dict[str, Any]) -> None:
    (user,) = directory.world.rows(User)
    assert user.id == seen["id"] != ID
    assert user.status == "RESET_REQUIRED"
    assert user.password_hash is None
    assert user.attributes == {"email": "a@example.com", "email_verified": "false"}
    assert seen["meta"]["created"][:4] != "2001"
    assert directory.world.rows(GroupMember) == []
    assert "groups" not in seen


def test_a_group_gets_no_role_and_no_other_id(directory: Directory) -> None:
    made = directory.make_group(
        "Sales", id=ID, roleArn="arn:aws:iam::1:role/admin", precedence=0, description="x"
    )
    assert made["id"] != ID
    (group,) = directory.world.rows(Group)
    assert (group.role_arn, group.precedence, group.description) == (None, None, None)
    path = f"Groups/{made['id']}"
    refused(directory.patch(path, {"op": "replace", "path": "id", "value": ID}), 400, "mutability")
    refused(directory.patch(path, {"op": "replace", "value": {"id": ID}}), 400, "mutability")
    meta = {"op": "replace", "path": "meta.version", "value": "mine"}
    refused(directory.patch(path, meta), 400, "mutability")


def test_members_are_not_renamed_in_a_group(directory: Directory) -> None:
    ada, bob = directory.make_user("ada")["id"], directory.make_user("bob")["id"]
    path = f"Groups/{directory.make_group('Sales', ada)['id']}"
    for target in (f'members[value eq "{ada}"].value', "members.value"):
        operation = {"op": "replace", "path": target, "value": bob}
        refused(directory.patch(path, operation), 400, "mutability")
    assert directory.found("Groups", f'members eq "{bob}"') == []
