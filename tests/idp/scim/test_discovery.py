from __future__ import annotations

from tests.idp.scim.directory import ENTERPRISE, GROUP, POOL, USER, Directory, answered, refused


def test_schemas_say_what_is_kept(directory: Directory, by_email: Directory) -> None:
    documents = answered(directory.get("Schemas"), 200)["Resources"]
    schemas = {each["id"]: each for each in documents}
    assert schemas.keys() == {USER, GROUP, ENTERPRISE, POOL}
    names = {each["name"]: each for each in schemas[USER]["attributes"]}
    assert names["userName"]["mutability"] == "immutable"
    assert names["password"]["returned"] == "never"
    assert names["groups"]["mutability"] == "readOnly"
    assert "addresses" not in names
    own = {each["name"]: each["mutability"] for each in schemas[POOL]["attributes"]}
    assert own["custom_tier"] == "readWrite"
    assert own["custom_badge"] == "immutable"
    assert "sub" not in own
    of_addresses = answered(by_email.get(f"Schemas/{USER}"), 200)["attributes"]
    assert of_addresses[0]["mutability"] == "readWrite"


def test_resource_types_name_endpoints_and_extensions(directory: Directory) -> None:
    user = answered(directory.get("ResourceTypes/User"), 200)
    assert user["endpoint"] == "/Users"
    assert [each["schema"] for each in user["schemaExtensions"]] == [ENTERPRISE, POOL]
    refused(directory.get("ResourceTypes/Device"), 404)


def test_the_configuration_names_what_is_enforced(directory: Directory) -> None:
    config = answered(directory.get("ServiceProviderConfig"), 200)
    assert config["bulk"]["maxOperations"] == 200
    assert config["filter"]["maxResults"] == 200
    assert config["sort"]["supported"] is False
    refused(directory.get("Schemas", filter='id eq "x"'), 403)


def test_what_there_is_not_is_said_so(directory: Directory) -> None:
    refused(directory.get("Me"), 501)
    refused(directory.ask("PATCH", "Me", {}), 501)
    refused(directory.get("Devices"), 404)
    refused(directory.get("Users/a/b"), 404)
    answer = directory.ask("POST", "Schemas", {})
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET"
    refused(directory.ask("DELETE", "Users"), 405)


def test_a_body_has_a_type_and_a_form(directory: Directory) -> None:
    plain = directory.world.browser().post(
        f"/scim/v2/{directory.pool_id}/Users",
        data="userName=ada",
        base_url=directory.host,
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {directory.token}"},
    )
    refused(plain, 415)
    for body in (b"{", b"[]", b'"text"', b"\xff"):
        refused(directory.ask("POST", "Users", body), 400, "invalidSyntax")
    as_json = directory.world.browser().post(
        f"/scim/v2/{directory.pool_id}/Users",
        json={"userName": "ada"},
        base_url=directory.host,
        headers={"Authorization": f"Bearer {directory.token}"},
    )
    assert as_json.status_code == 201
