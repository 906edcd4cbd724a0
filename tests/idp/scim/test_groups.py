from __future__ import annotations

from idp.models import Group, GroupMember, ScimResource
from tests.idp.scim.directory import Directory, answered, refused, values
from tests.idp.scim.many import many_users, pool_group


def test_a_group_is_made_with_members_and_read_changed_and_deleted(directory: Directory) -> None:
    ada, bob = directory.make_user("ada")["id"], directory.make_user("bob")["id"]
    made = directory.make_group("Sales  Team", ada, externalId="g1")
    assert made["displayName"] == "Sales  Team"
    assert [group.name for group in directory.world.rows(Group)] == ["Sales-Team"]
    (member,) = made["members"]
    assert member["value"] == ada
    assert member["$ref"].endswith(f"/Users/{ada}")
    (shown,) = answered(directory.get(f"Users/{ada}"), 200)["groups"]
    assert (shown["value"], shown["display"], shown["type"]) == (
        made["id"],
        "Sales  Team",
        "direct",
    )
    path = f"Groups/{made['id']}"
    body = {"displayName": "Sales  Team", "members": values(bob)}
    replaced = answered(directory.ask("PUT", path, body), 200)
    assert "externalId" not in replaced
    assert directory.members(made["id"]) == {bob}
    assert directory.ask("DELETE", path).status_code == 204
    refused(directory.get(path), 404)
    assert not [row for row in directory.world.rows(ScimResource) if row.kind == "Group"]


def test_a_rename_takes_the_members_along_and_keeps_the_id(directory: Directory) -> None:
    pool_group(directory, "Sales")
    directory.world.configure(directory.pool_id, scim={"everybody": True})
    ada = directory.make_user("ada")["id"]
    (group_id,) = directory.found("Groups", 'displayName eq "Sales"')
    path = f"Groups/{group_id}"
    answer = directory.patch(path, {"op": "add", "path": "members", "value": values(ada)})
    assert (answer.status_code, answer.data) == (204, b"")
    operation = {"op": "replace", "path": "displayName", "value": "World Sales"}
    assert directory.patch(path, operation).status_code == 204
    (row,) = directory.world.rows(Group)
    assert (row.name, row.precedence) == ("World-Sales", 3)
    assert row.role_arn == "arn:aws:iam::1:role/r"
    assert directory.members(group_id) == {ada}
    assert directory.found("Groups", 'displayName eq "World Sales"') == [group_id]
    assert directory.found("Groups", 'displayName eq "Sales"') == []


def test_groups_that_are_there_get_ids_that_stay(directory: Directory) -> None:
    pool_group(directory, "Operators")
    ada = directory.make_user("ada")["id"]
    membership = GroupMember(pool_id=directory.pool_id, group_name="Operators", user_id=ada)
    directory.world.kernel.database.write(lambda session: session.add(membership))
    (shown,) = answered(directory.get(f"Users/{ada}"), 200)["groups"]
    first = answered(directory.get("Groups"), 200)["Resources"]
    assert [each["id"] for each in first] == [shown["value"]]
    assert [each["displayName"] for each in first] == ["Operators"]
    assert answered(directory.get("Groups"), 200)["Resources"] == first


def test_a_name_that_is_taken_is_a_conflict(directory: Directory) -> None:
    directory.make_group("Sales Team")
    body = {"displayName": "Sales-Team"}
    assert "Sales-Team" in refused(directory.ask("POST", "Groups", body), 409, "uniqueness")
    other = directory.make_group("Other")
    answer = directory.ask("PUT", f"Groups/{other['id']}", body)
    refused(answer, 409, "uniqueness")


def test_a_name_that_no_group_can_have_is_invalid(directory: Directory) -> None:
    for name in ("", "   ", "x" * 129, "line\u2028break\u0007", None, 7):
        refused(directory.ask("POST", "Groups", {"displayName": name}), 400, "invalidValue")


def test_members_are_users_of_the_pool(directory: Directory, by_email: Directory) -> None:
    stranger = by_email.make_user("eve@example.com")["id"]
    inner = directory.make_group("Inner")["id"]
    for wrong in (stranger, inner, "nobody"):
        body = {"displayName": "Sales", "members": values(wrong)}
        refused(directory.ask("POST", "Groups", body), 400, "invalidValue")
    body = {"displayName": "Sales", "members": [{"value": inner, "type": "Group"}]}
    refused(directory.ask("POST", "Groups", body), 400, "invalidValue")
    assert directory.world.rows(GroupMember) == []


def test_a_replacement_without_members_leaves_them(directory: Directory) -> None:
    ada = directory.make_user("ada")["id"]
    made = directory.make_group("Sales", ada)
    path = f"Groups/{made['id']}"
    answered(directory.ask("PUT", path, {"displayName": "Sales"}), 200)
    assert directory.members(made["id"]) == {ada}
    answered(directory.ask("PUT", path, {"displayName": "Sales", "members": []}), 200)
    assert directory.members(made["id"]) == set()


def test_operations_on_members_count_in_their_order(directory: Directory) -> None:
    ada, bob, eve = (directory.make_user(name)["id"] for name in ("ada", "bob", "eve"))
    group_id = directory.make_group("Sales", ada)["id"]
    path = f"Groups/{group_id}"
    answer = directory.patch(
        path,
        {"op": "add", "path": "members", "value": values(bob, eve)},
        {"op": "remove", "path": f'members[value eq "{bob}"]'},
        {"op": "remove", "path": f'members[value eq "{ada}" or value eq "{eve}"]'},
        {"op": "add", "path": "members", "value": values(eve)},
    )
    assert answer.status_code == 204
    assert directory.members(group_id) == {eve}
    directory.patch(path, {"op": "replace", "path": "members", "value": values(ada, bob)})
    assert directory.members(group_id) == {ada, bob}
    directory.patch(path, {"op": "remove", "path": "members"})
    assert directory.members(group_id) == set()


def test_a_patch_that_fails_changes_nothing(directory: Directory) -> None:
    ada = directory.make_user("ada")["id"]
    group_id = directory.make_group("Sales", ada)["id"]
    answer = directory.patch(
        f"Groups/{group_id}",
        {"op": "replace", "path": "displayName", "value": "Marketing"},
        {"op": "replace", "path": "members", "value": values("nobody")},
    )
    refused(answer, 400, "invalidValue")
    assert directory.members(group_id) == {ada}
    assert directory.world.rows(Group)[0].name == "Sales"


def test_a_patch_tells_what_is_asked_for(directory: Directory) -> None:
    group_id = directory.make_group("Sales")["id"]
    body = {"Operations": [{"op": "replace", "path": "externalId", "value": "g2"}]}
    answer = directory.ask("PATCH", f"Groups/{group_id}", body, attributes="externalId")
    assert answered(answer, 200)["externalId"] == "g2"


def test_members_are_left_out_where_they_are_not_asked_for(directory: Directory) -> None:
    ada, bob = directory.make_user("ada")["id"], directory.make_user("bob")["id"]
    path = f"Groups/{directory.make_group('Sales', ada, bob)['id']}"
    assert "members" not in answered(directory.get(path, excludedAttributes="members"), 200)
    assert "members" not in answered(directory.get(path, attributes="displayName"), 200)
    some = answered(directory.get(path, attributes="members.value"), 200)["members"]
    assert some == [{"value": each} for each in sorted((ada, bob))]


def test_a_group_of_another_version_is_not_changed(directory: Directory) -> None:
    made = directory.make_group("Sales")
    path, version = f"Groups/{made['id']}", made["meta"]["version"]
    ada = directory.make_user("ada")["id"]
    add = {"op": "add", "path": "members", "value": values(ada)}
    assert directory.patch(path, add, If_Match=version).status_code == 204
    refused(directory.patch(path, add, If_Match=version), 412)
    refused(directory.ask("DELETE", path, headers={"If-Match": version}), 412)


def test_a_user_is_in_no_more_groups_than_the_quota_allows(directory: Directory) -> None:
    settings = directory.world.kernel.settings
    object.__setattr__(settings, "quotas", {"groups_per_user": 1})
    ada = directory.make_user("ada")["id"]
    directory.make_group("Sales", ada)
    body = {"displayName": "Marketing", "members": values(ada)}
    refused(directory.ask("POST", "Groups", body), 403)
    assert [group.name for group in directory.world.rows(Group)] == ["Sales"]


def test_ten_thousand_members_come_and_go_in_one_request(directory: Directory) -> None:
    user_ids = many_users(directory, 10_000)
    group_id = directory.make_group("All")["id"]
    path = f"Groups/{group_id}"
    add = {"op": "add", "path": "members", "value": values(*user_ids)}
    assert directory.patch(path, add).status_code == 204
    seen = answered(directory.get(path), 200)
    assert len(seen["members"]) == 10_000
    rename = {"op": "replace", "path": "displayName", "value": "Everybody"}
    assert directory.patch(path, rename).status_code == 204
    keep = {"op": "replace", "path": "members", "value": values(*user_ids[:10])}
    assert directory.patch(path, keep).status_code == 204
    assert directory.members(group_id) == set(user_ids[:10])
