"""What a filter, a path or a value holds stays what it is: it becomes no code, and no statement."""

from __future__ import annotations

import pytest

from tests.idp.scim.directory import Directory, answered

TEXTS = (
    "x' OR '1'='1",
    'x" or userName pr or userName eq "',
    "'; DROP TABLE users; --",
    "%",
    "_",
    "\\",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "__class__.__mro__",
    "a\x00b",
    "\ud800",
    "x" * 3000,
    "\u202eada",
)


def test_values_in_filters_find_nobody_else(directory: Directory) -> None:
    directory.make_user("ada", externalId="1", emails=[{"value": "a@example.com"}])
    group = directory.make_group("Sales")
    for text in TEXTS:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "\\u0000")
        quoted = quoted.replace("\ud800", "\\ud800")
        for name in ("userName", "externalId", "emails.value", "id", "displayName", "title"):
            assert directory.found("Users", f'{name} eq "{quoted}"') == [], (name, text)
        for name in ("displayName", "externalId", "id", "members"):
            assert directory.found("Groups", f'{name} eq "{quoted}"') == [], (name, text)
    assert answered(directory.get(f"Groups/{group['id']}"), 200)["displayName"] == "Sales"


def test_ids_in_addresses_find_nobody_else(directory: Directory) -> None:
    directory.make_user("ada")
    for endpoint in ("Users", "Groups", "Schemas", "ResourceTypes"):
        for text in ("x'--", "%2e%2e", "%00", "*", "%F0%9F%98%80", "a%2fb", "ada", "__class__"):
            for method in ("GET", "DELETE"):
                answer = directory.ask(method, f"{endpoint}/{text}")
                assert answer.status_code in (404, 405), (endpoint, text, answer.text)


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_paths_reach_nothing_but_attributes(directory: Directory, kind: str) -> None:
    made = directory.make_user("ada") if kind == "Users" else directory.make_group("Sales")
    path = f"{kind}/{made['id']}"
    before = answered(directory.get(path), 200)
    for target in (
        "__class__",
        "model_config",
        "model_fields",
        "unknown_attributes",
        "__dict__.userName",
        "password_hash",
        "user.status",
        "schemas[0]",
        'userName eq "x"',
        'displayName" or "1',
        "emails[0]",
        'emails[type eq "work"].__class__',
        'members[display eq "x"]',
        "members[not (value pr)]",
        "$ref",
        "urn:ietf:params:scim:schemas:core:2.0:Group:members.value.x",
        "../../Users",
        ".",
        "",
    ):
        for op in ("add", "replace", "remove"):
            answer = directory.patch(path, {"op": op, "path": target, "value": {"x": "y"}})
            assert answer.status_code in (200, 204, 400), (target, op, answer.text)
    after = answered(directory.get(path), 200)
    ignored = ("meta",)
    assert {name: value for name, value in after.items() if name not in ignored} == {
        name: value for name, value in before.items() if name not in ignored
    }


def test_keys_of_a_removal_become_no_filter(directory: Directory) -> None:
    path = f"Users/{directory.make_user(emails=[{'value': 'a@example.com'}])['id']}"
    for key in ('value pr or "x" eq "x', "value] or emails[value", "value.x.y", ""):
        operation = {"op": "remove", "path": "emails", "value": [{key: "x"}]}
        assert directory.patch(path, operation).status_code in (200, 400)
    assert answered(directory.get(path), 200)["emails"]


def test_a_read_only_attribute_is_so_in_every_spelling(directory: Directory) -> None:
    spellings = {"Id": "1", "ID": "1", "i-d": "1", "_id": "1", " id": "1", "id\u200b": "1"}
    assert directory.make_user("ada", **spellings)["id"] not in spellings.values()
