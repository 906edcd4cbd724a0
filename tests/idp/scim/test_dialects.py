"""Requests as Entra ID and Okta send them, to the letter where it matters."""

from __future__ import annotations

from typing import Any

from tests.idp.scim.directory import ENTERPRISE, PATCH, POOL, Directory, answered, refused, values

Operations = list[dict[str, Any]]

ENTRA_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "ada@corp.example",
    "active": True,
    "addresses": [{"primary": False, "type": "work", "locality": "London"}],
    "displayName": "Ada Lovelace",
    "emails": [{"primary": True, "type": "work", "value": "ada@corp.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
    "phoneNumbers": [{"primary": False, "type": "work", "value": "+1 4255550100"}],
    "roles": [],
}

OKTA_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "bob@corp.example",
    "name": {"givenName": "Bob", "familyName": "Baker"},
    "emails": [{"primary": True, "value": "bob@corp.example", "type": "work"}],
    "displayName": "Bob Baker",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq-Correct-7",
    "active": True,
}

CHANGES: tuple[tuple[str, Operations, dict[str, Any]], ...] = (
    (
        "Entra: words with capitals, a boolean as a text",
        [{"op": "Replace", "path": "active", "value": "False"}],
        {"active": False},
    ),
    (
        "Entra: a boolean as a boolean",
        [{"op": "Replace", "path": "active", "value": True}],
        {"active": True},
    ),
    (
        "Entra: one of several addresses",
        [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "al@corp.example"}],
        {"userName": "al@corp.example"},
    ),
    (
        "Entra: a number that is not there yet",
        [{"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1 4255550123"}],
        {"phoneNumbers": [{"type": "mobile", "value": "+1 4255550123"}]},
    ),
    (
        "Entra: several attributes without a path",
        [
            {
                "op": "replace",
                "value": {
                    "displayName": "Ada King",
                    "name.familyName": "King",
                    f"{ENTERPRISE}:department": "Engines",
                },
            }
        ],
        {"displayName": "Ada King", ENTERPRISE: {"department": "Engines"}},
    ),
    (
        "Entra: the manager as a text",
        [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "26118915"}],
        {ENTERPRISE: {"department": "Engines", "manager": {"value": "26118915"}}},
    ),
    (
        "Entra: the manager in an object",
        [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": {"value": "2611"}}],
        {ENTERPRISE: {"department": "Engines", "manager": {"value": "2611"}}},
    ),
    (
        "Entra: the manager without a path",
        [{"op": "Add", "value": {f"{ENTERPRISE}:manager": "26"}}],
        {ENTERPRISE: {"department": "Engines", "manager": {"value": "26"}}},
    ),
    (
        "Entra: a removal",
        [{"op": "Remove", "path": f"{ENTERPRISE}:manager"}],
        {ENTERPRISE: {"department": "Engines"}},
    ),
    (
        "Entra: what the schema lacks",
        [
            {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "1 Way"},
            {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "{}"},
            {"op": "Add", "path": "title", "value": "Countess"},
        ],
        {"title": "Countess"},
    ),
    (
        "Entra: an attribute of the pool",
        [{"op": "Add", "path": f"{POOL}:gender", "value": "female"}],
        {POOL: {"gender": "female"}},
    ),
    (
        "Okta: deactivation without a path",
        [{"op": "replace", "value": {"active": False}}],
        {"active": False},
    ),
    (
        "Okta: activation without a path",
        [{"op": "replace", "value": {"active": True}}],
        {"active": True},
    ),
)


def test_users_change_as_directories_ask(by_email: Directory) -> None:
    made = answered(by_email.ask("POST", "Users", ENTRA_USER), 201)
    assert made["externalId"] == ENTRA_USER["externalId"]
    for title, operations, expected in CHANGES:
        body = {"schemas": [PATCH], "Operations": operations}
        changed = answered(by_email.ask("PATCH", f"Users/{made['id']}", body), 200)
        assert {name: changed.get(name) for name in expected} == expected, title
    assert changed["emails"] == [{"primary": True, "type": "work", "value": "al@corp.example"}]


def test_entra_looks_for_people_before_it_makes_them(by_email: Directory) -> None:
    none = answered(by_email.get("Users", filter='userName eq "ada@corp.example"'), 200)
    assert none == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "itemsPerPage": 0,
        "startIndex": 1,
        "Resources": [],
    }
    made = answered(by_email.ask("POST", "Users", ENTRA_USER), 201)
    for text in (
        f'externalId eq "{ENTRA_USER["externalId"]}"',
        'emails[type eq "work"].value eq "ada@corp.example"',
        'userName eq "ADA@corp.example"',
    ):
        assert by_email.found("Users", text) == [made["id"]]


def test_okta_replaces_users_as_a_whole(by_email: Directory) -> None:
    made = answered(by_email.ask("POST", "Users", OKTA_USER), 201)
    path = f"Users/{made['id']}"
    body = {
        **{name: value for name, value in OKTA_USER.items() if name != "password"},
        "id": made["id"],
        "name": {"givenName": "Robert", "familyName": "Baker"},
        "active": False,
        "groups": [],
        "meta": {"resourceType": "User"},
    }
    replaced = answered(by_email.ask("PUT", path, body), 200)
    assert replaced["name"]["givenName"] == "Robert"
    assert replaced["active"] is False
    refused(by_email.ask("POST", "Users", OKTA_USER), 409, "uniqueness")


def test_groups_change_as_directories_ask(by_email: Directory) -> None:
    ada, bob = (by_email.make_user(f"{name}@x.example")["id"] for name in ("ada", "bob"))
    group_id = by_email.make_group("Engines", externalId="8aa1a0c0")["id"]
    path = f"Groups/{group_id}"
    for title, operations, members in (
        ("Entra: add", [{"op": "Add", "path": "members", "value": values(ada, bob)}], {ada, bob}),
        (
            "Entra: remove by a value",
            [{"op": "Remove", "path": "members", "value": values(ada)}],
            {bob},
        ),
        (
            "Okta: remove by a filter, and add",
            [
                {"op": "remove", "path": f'members[value eq "{bob}"]'},
                {"op": "add", "path": "members", "value": [{"value": ada, "display": "ada"}]},
            ],
            {ada},
        ),
        (
            "Okta: a new name, with the id in the value",
            [{"op": "replace", "value": {"id": group_id, "displayName": "Machines"}}],
            {ada},
        ),
        (
            "Okta: all members anew",
            [{"op": "replace", "path": "members", "value": values(ada, bob)}],
            {ada, bob},
        ),
        ("Entra: a new name", [{"op": "Replace", "path": "displayName", "value": "E"}], {ada, bob}),
        (
            "members in an object",
            [{"op": "Remove", "path": "members", "value": {"value": ada}}],
            {bob},
        ),
    ):
        assert by_email.patch(path, *operations).status_code == 204, title
        assert by_email.members(group_id) == members, title
    assert answered(by_email.get(path), 200)["displayName"] == "E"
    assert by_email.found("Groups", f'id eq "{group_id}" and members eq "{bob}"') == [group_id]
