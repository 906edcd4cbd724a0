from __future__ import annotations

from typing import Any

from idp.models import User
from tests.idp.scim.directory import ENTERPRISE, Directory, answered, refused, values


def post(name: str, bulk_id: str, **members: Any) -> dict[str, Any]:
    data = {"userName": name, **members}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def statuses(answer: Any) -> list[str]:
    return [each["status"] for each in answered(answer, 200)["Operations"]]


def test_a_group_refers_to_a_user_who_is_made_in_the_same_request(directory: Directory) -> None:
    group = {
        "method": "POST",
        "path": "/Groups",
        "bulkId": "sales",
        "data": {"displayName": "Sales", "members": values("bulkId:ada")},
    }
    first, second = answered(directory.bulk(group, post("ada", "ada")), 200)["Operations"]
    assert (first["bulkId"], first["status"]) == ("sales", "201")
    assert (second["bulkId"], second["status"]) == ("ada", "201")
    group_id = first["location"].rpartition("/")[2]
    assert directory.members(group_id) == {second["location"].rpartition("/")[2]}
    assert second["version"].startswith('W/"')


def test_each_method_works_and_paths_refer_to_what_was_made(directory: Directory) -> None:
    eve = directory.make_user("eve")["id"]
    answer = directory.bulk(
        post("ada", "a"),
        {
            "method": "PATCH",
            "path": "/Users/bulkId:a",
            "data": {"Operations": [{"op": "add", "path": "title", "value": "Countess"}]},
        },
        {"method": "PUT", "path": f"/Users/{eve}", "data": {"userName": "eve", "title": "Agent"}},
        {"method": "DELETE", "path": f"/Users/{eve}", "data": None},
    )
    assert statuses(answer) == ["201", "200", "200", "204"]
    assert directory.found("Users", 'title eq "Countess"')
    assert len(directory.world.rows(User)) == 1


def test_an_operation_that_fails_leaves_the_others(directory: Directory) -> None:
    answer = directory.bulk(post("ada", "1"), post("ada", "2"), post("bob", "3"))
    assert statuses(answer) == ["201", "409", "201"]
    wrong = answered(answer, 200)["Operations"][1]
    assert wrong["response"]["scimType"] == "uniqueness"
    assert "location" not in wrong


def test_so_many_errors_end_the_request(directory: Directory) -> None:
    operations = [post("", "1"), post("ada", "2"), post("", "3"), post("bob", "4")]
    assert statuses(directory.bulk(*operations, failOnErrors=1)) == ["400"]
    assert statuses(directory.bulk(*operations, failOnErrors=2)) == ["400", "201", "400"]
    refused(directory.bulk(*operations, failOnErrors=0), 400, "invalidValue")


def test_what_waits_for_each_other_in_a_circle_is_a_conflict(directory: Directory) -> None:
    def reports_to(name: str) -> dict[str, Any]:
        return {ENTERPRISE: {"manager": {"value": f"bulkId:{name}"}}}

    answer = directory.bulk(
        post("ada", "a", **reports_to("b")), post("bob", "b", **reports_to("a")), post("eve", "e")
    )
    assert statuses(answer) == ["409", "409", "201"]
    answer = directory.bulk(post("ada", "a", **reports_to("a")), post("bob", "b"))
    assert statuses(answer) == ["409", "201"]


def test_references_to_what_failed_or_never_was_are_a_conflict(directory: Directory) -> None:
    group = {"method": "POST", "path": "/Groups", "bulkId": "g"}
    for name in ("failed", "unknown"):
        data = {"displayName": "Sales", "members": values(f"bulkId:{name}")}
        answer = directory.bulk(post("", "failed"), {**group, "data": data})
        assert statuses(answer) == ["400", "409"]


def test_wrong_operations_fail_by_themselves(directory: Directory) -> None:
    answer = directory.bulk(
        {},
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Bulk", "bulkId": "b", "data": {}},
        {"method": "POST", "path": "/Users", "data": {"userName": "ada"}},
        {"method": "DELETE", "path": "/Users"},
        {"method": "PATCH", "path": "/Users/1", "data": []},
        {"method": 7, "path": 7, "data": 7, "bulkId": 7},
    )
    assert set(statuses(answer)) == {"400"}
    refused(directory.ask("POST", "Bulk", {"Operations": "all"}), 400, "invalidSyntax")
    refused(directory.bulk(post("ada", "1"), post("bob", "1")), 400, "invalidValue")


def test_a_version_is_a_condition(directory: Directory) -> None:
    made = directory.make_user("ada")
    operation = {"method": "DELETE", "path": f"/Users/{made['id']}", "version": 'W/"other"'}
    assert statuses(directory.bulk(operation)) == ["412"]
    operation["version"] = made["meta"]["version"]
    assert statuses(directory.bulk(operation)) == ["204"]
