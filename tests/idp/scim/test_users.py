from __future__ import annotations

from tests.idp.scim.directory import ENTERPRISE, POOL, USER, Directory, answered, refused


def test_a_user_is_made_read_changed_and_deleted(directory: Directory) -> None:
    made = directory.make_user(
        "ada",
        externalId="00u1",
        name={"givenName": "Ada", "familyName": "Lovelace", "formatted": "Countess of Lovelace"},
        displayName="Ada Lovelace",
        emails=[{"value": "ada@example.com", "type": "work", "primary": True}],
        phoneNumbers=[{"value": "+1 425 555 0100", "type": "mobile"}],
        title="Countess",
        **{ENTERPRISE: {"department": "Engines"}, POOL: {"custom_tier": "gold"}},
    )
    assert made["schemas"] == [USER, ENTERPRISE, POOL]
    stored = directory.stored(made["id"])
    assert stored.attributes == {
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.com",
        "email_verified": "false",
        "phone_number": "+14255550100",
        "phone_number_verified": "false",
        "custom:tier": "gold",
    }
    answer = directory.get(f"Users/{made['id']}")
    assert answered(answer, 200) == made
    assert answer.headers["ETag"] == made["meta"]["version"]
    assert answer.content_type == "application/scim+json"
    replaced = answered(
        directory.ask("PUT", f"Users/{made['id']}", {"userName": "ada", "displayName": "Ada"}), 200
    )
    assert "title" not in replaced
    assert "emails" not in replaced
    assert replaced[POOL] == {"custom_tier": "gold"}
    assert directory.ask("DELETE", f"Users/{made['id']}").status_code == 204
    refused(directory.get(f"Users/{made['id']}"), 404)
