"""Bodies, filters and paths that are meant to take long, or to take much, are refused soon."""

from __future__ import annotations

import time

import pytest

from idp.scim import bodies
from idp.scim.discovery import MOST_OPERATIONS
from tests.idp.scim.directory import Directory, refused, values


@pytest.fixture(autouse=True)
def _in_good_time() -> object:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 30


def test_filters_that_nest_deeply_are_invalid(directory: Directory) -> None:
    for text in (
        "not (" * 600 + "title pr" + ")" * 600,
        "(title pr and " * 200 + "title pr" + " or title pr)" * 200,
        'emails[type eq "' + "x" * 5000 + '"]',
        "a" * 5000,
    ):
        for endpoint in ("Users", "Groups"):
            answer = directory.ask("POST", f"{endpoint}/.search", {"filter": text})
            refused(answer, 400, "invalidFilter")


def test_a_wide_filter_is_answered_or_refused(directory: Directory) -> None:
    directory.make_user("ada")
    for text in (
        " or ".join(["title pr"] * 300),
        " and ".join(["title pr"] * 300),
        "(" * 2000 + "title pr" + ")" * 2000,
    ):
        answer = directory.ask("POST", "Users/.search", {"filter": text})
        assert answer.status_code in (200, 400), answer.text


def test_paths_that_nest_deeply_are_invalid(directory: Directory) -> None:
    path = f"Users/{directory.make_user()['id']}"
    inner = "not (" * 100 + "type pr" + ")" * 100
    for target in (f"emails[{inner}]", "a." * 2000 + "a", "emails[" * 500):
        operation = {"op": "add", "path": target, "value": "x"}
        refused(directory.patch(path, operation), 400, "invalidPath")


def test_bodies_that_nest_deeply_are_invalid(directory: Directory) -> None:
    for deep in (b"[" * 1000 + b"]" * 1000, b'{"a":' * 500 + b"1" + b"}" * 500):
        body = b'{"userName":"ada","x":' + deep + b"}"
        refused(directory.ask("POST", "Users", body), 400, "invalidSyntax")
    refused(directory.ask("POST", "Users", b"[" * 100_000), 400, "invalidSyntax")


def test_bodies_that_are_too_large_are_refused_unread(directory: Directory) -> None:
    body = b'{"userName":"' + b"a" * bodies.MOST_BYTES + b'"}'
    for path in ("Users", "Bulk", "Groups/.search"):
        refused(directory.ask("POST", path, body), 413)


def test_a_bulk_request_has_so_many_operations_at_most(directory: Directory) -> None:
    operations = [{"method": "DELETE", "path": "/Users/1"}] * (MOST_OPERATIONS + 1)
    refused(directory.bulk(*operations), 413)


def test_references_of_a_bulk_request_are_followed_in_good_time(directory: Directory) -> None:
    """Each operation waits for the next one, and the last one for the first."""
    number = MOST_OPERATIONS
    operations = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": f"b{place}",
            "data": {
                "displayName": f"G{place}",
                "members": values(*[f"bulkId:b{(place + 1) % number}"] * 50),
            },
        }
        for place in range(number)
    ]
    answer = directory.bulk(*operations).get_json()
    assert {each["status"] for each in answer["Operations"]} == {"409"}


def test_numbers_without_end_are_no_numbers(directory: Directory) -> None:
    for name in ("startIndex", "count"):
        for value in ("9" * 400, "1e9", "NaN", "", "1.5", "-" + "9" * 400):
            answer = directory.get("Users", **{name: value})
            assert answer.status_code in (200, 400), answer.text
        answer = directory.ask("POST", "Users/.search", {name: 10**18})
        assert answer.status_code in (200, 400), answer.text
    text = f"meta.created eq {'9' * 4000}"
    refused(directory.get("Users", filter=text), 400, "invalidFilter")


def test_a_patch_has_so_many_operations_and_so_long_paths_at_most(directory: Directory) -> None:
    user = f"Users/{directory.make_user()['id']}"
    group = f"Groups/{directory.make_group()['id']}"
    many = " or ".join(['value eq "x"'] * 1000)
    for path in (user, group):
        answer = directory.patch(path, *[{"op": "remove", "path": "title"}] * 1001)
        assert answer.status_code in (400, 413), answer.text
        for name in ("path", "PATH"):
            operation = {"op": "remove", name: f"members[{many}]"}
            refused(directory.patch(path, operation), 400, "invalidPath")
        operation = {"op": "add", "value": {f"emails[{many}]": "x"}}
        refused(directory.patch(path, operation), 400, "invalidSyntax")


def test_operations_that_copy_each_other_are_few(directory: Directory) -> None:
    """Each one copies what those before it have added: their product is what counts."""
    user = f"Users/{directory.make_user()['id']}"
    add = {"op": "add", "path": "emails", "value": [{"value": "a@example.com"}] * 20}
    refused(directory.patch(user, *[add] * 90), 413)
    assert directory.patch(user, *[add] * 9).status_code == 200
    data = {"Operations": [add] * 9}
    operations = [{"method": "PATCH", "path": f"/{user}", "data": data}] * 40
    refused(directory.bulk(*operations), 413)
    assert directory.bulk(*operations[:20]).status_code == 200


def test_names_without_end_are_not_parsed(directory: Directory) -> None:
    user = f"Users/{directory.make_user()['id']}"
    group = f"Groups/{directory.make_group()['id']}"
    many = {f"a{place}": 1 for place in range(100_000)}
    for operations in ([{"op": "add", "value": many}], [{"op": "add", "VALUE": many}]):
        refused(directory.patch(user, *operations), 413)
        refused(directory.patch(group, *operations), 400, "invalidValue")
    refused(directory.ask("POST", "Groups", {"displayName": "A", **many}), 413)
    refused(directory.ask("POST", "Users", {"userName": "bob", **many}), 413)


def test_a_user_is_small(directory: Directory) -> None:
    user = f"Users/{directory.make_user()['id']}"
    body = {"userName": "ada", "emails": [{"value": "a@example.com"}] * 3000}
    refused(directory.ask("PUT", user, body), 413)
    refused(directory.ask("POST", "Users", body), 413)
    operation = {"op": "add", "path": "emails", "value": body["emails"]}
    refused(directory.patch(user, operation), 413)


def test_so_many_attributes_are_named_at_most(directory: Directory) -> None:
    for names in (["title"] * 101, ["x" * 10_000]):
        for name in ("attributes", "excludedAttributes"):
            answer = directory.ask("POST", "Users/.search", {name: names})
            refused(answer, 400, "invalidValue")
            answer = directory.ask("POST", "Users/.search", {name: ",".join(names)})
            refused(answer, 400, "invalidValue")


def test_a_request_names_so_many_members_at_most(directory: Directory) -> None:
    many = [{"value": "u"}] * 40_001
    refused(
        directory.ask("POST", "Groups", {"displayName": "A", "members": many}), 400, "invalidValue"
    )
