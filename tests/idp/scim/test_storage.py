"""What SQL decides, on SQLite and on PostgreSQL."""

from __future__ import annotations

from idp.models import Group, GroupMember, ScimResource, User
from tests.attacks.scim.test_races import directory
from tests.idp.scim.directory import Directory, answered, values
from tests.idp.scim.many import many_users, pool_group
from tests.idp.scim.test_queries import FOUND, people

__all__ = ["directory", "people"]


def test_filters_find_the_same(directory: Directory, people: dict[str, str]) -> None:
    for text, names in FOUND:
        found = set(directory.found("Users", text))
        assert found == {people[name] for name in names.split()}, text


def test_large_groups_are_filled_renamed_and_emptied(directory: Directory) -> None:
    user_ids = many_users(directory, 2_000)
    pool_group(directory, "Everybody")
    directory.world.configure(directory.pool_id, scim={"everybody": True})
    (group_id,) = directory.found("Groups", 'displayName eq "Everybody"')
    path = f"Groups/{group_id}"
    add = {"op": "add", "path": "members", "value": values(*user_ids)}
    for _ in range(2):
        assert directory.patch(path, add).status_code == 204
    rename = {"op": "replace", "path": "displayName", "value": "All of us"}
    assert directory.patch(path, rename).status_code == 204
    assert [(group.name, group.precedence) for group in directory.world.rows(Group)] == [
        ("All-of-us", 3)
    ]
    assert len(directory.members(group_id)) == 2_000
    keep = {"op": "replace", "path": "members", "value": values(*user_ids[:3])}
    assert directory.patch(path, keep).status_code == 204
    assert directory.members(group_id) == set(user_ids[:3])
    assert directory.ask("DELETE", path).status_code == 204
    assert directory.world.rows(GroupMember) == directory.world.rows(ScimResource) == []


def test_pages_of_groups_hold_each_group_once(directory: Directory) -> None:
    """Databases order names in ways of their own."""
    names = {"Zebra", "ape", "Ant", "zoo", "Ärger", "_x", "1st", "bee-2", "bee 1"}
    for name in names:
        directory.make_group(name)
    for query in ({}, {"filter": "displayName pr"}):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = answered(directory.get("Groups", cursor=cursor, count="2", **query), 200)
            seen += [each["displayName"] for each in page["Resources"]]
            cursor = page.get("nextCursor")
        assert len(seen) == len(names)
        assert set(seen) == names


def test_deleting_a_user_elsewhere_leaves_nothing(directory: Directory) -> None:
    ada = directory.make_user("ada", externalId="1")["id"]
    group_id = directory.make_group("Sales", ada)["id"]
    directory.world.kernel.database.write(
        lambda session: session.delete(session.get_one(User, ada))
    )
    assert directory.members(group_id) == set()
    assert directory.found("Users", 'externalId eq "1"') == []
