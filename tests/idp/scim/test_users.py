from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from idp.models import BrowserSession, LogoutNotice, RefreshFamily, ScimResource, UserPool
from idp.user_pools.operations import FAMILIES
from idp.user_pools.services.credentials import check, open_credential
from kernel.functions.sources import FunctionFiles
from tests.idp.oauth.moves import claims_of
from tests.idp.oauth.world import ORIGIN, PASSWORD, TestClient, World
from tests.idp.scim.directory import ENTERPRISE, POOL, USER, Directory, answered, refused

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def function(world: World, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    folder = world.kernel.settings.instance / "of-the-test"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(source)
    monkeypatch.setattr(world.kernel.functions, "_sources", (FunctionFiles(folder),))


def change_pool(world: World, pool_id: str, **settings: Any) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        pool.settings = {**pool.settings, **settings}

    world.kernel.database.write(unit)


def outbox(world: World) -> list[dict[str, Any]]:
    path = world.kernel.settings.instance / "outbox.jsonl"
    return [orjson.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


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
    assert directory.stored(made["id"]).attributes == {
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
    assert answer.headers["Location"] == made["meta"]["location"]
    assert answer.content_type == "application/scim+json"
    assert directory.ask("DELETE", f"Users/{made['id']}").status_code == 204
    refused(directory.get(f"Users/{made['id']}"), 404)
    assert directory.world.rows(ScimResource) == []


def test_a_replacement_clears_what_it_does_not_name_but_not_the_pools_own(
    directory: Directory,
) -> None:
    own = {"custom_tier": "gold", "custom_badge": "7"}
    made = directory.make_user(
        title="Countess", active=False, emails=[{"value": "a@example.com"}], **{POOL: own}
    )
    body = {"userName": "ada", "displayName": "Ada", POOL: {"custom_tier": None}}
    replaced = answered(directory.ask("PUT", f"Users/{made['id']}", body), 200)
    assert "title" not in replaced
    assert "emails" not in replaced
    assert replaced["displayName"] == "Ada"
    assert replaced["active"] is False
    assert replaced[POOL] == {"custom_badge": "7"}


def test_what_has_no_place_is_ignored_and_stored_nowhere(directory: Directory) -> None:
    made = directory.make_user(
        addresses=[{"locality": "London"}], roles=[{"value": "admin"}], favourite="tea", title="T"
    )
    assert {"addresses", "roles", "favourite"}.isdisjoint(made)
    stored = orjson.dumps(
        [directory.stored(made["id"]).attributes, directory.world.rows(ScimResource)[0].details]
    )
    assert b"London" not in stored
    assert b"tea" not in stored


def test_one_address_is_kept_and_the_primary_one_comes_first(directory: Directory) -> None:
    made = directory.make_user(
        emails=[
            {"value": "home@example.com", "type": "home"},
            {"value": "work@example.com", "type": "work", "primary": True},
        ],
        phoneNumbers=[
            {"value": "+1 425 555 0100", "type": "work"},
            {"value": "tel:+1-425-555-0199", "type": "mobile"},
            {"value": "555-1234", "type": "fax"},
        ],
    )
    assert made["emails"] == [{"value": "work@example.com", "type": "work", "primary": True}]
    assert made["phoneNumbers"] == [{"value": "tel:+1-425-555-0199", "type": "mobile"}]
    assert directory.stored(made["id"]).attributes["phone_number"] == "+14255550199"


def test_a_number_that_no_pool_takes_is_kept_for_the_directory_alone(directory: Directory) -> None:
    made = directory.make_user(phoneNumbers=[{"value": "ext. 4711"}])
    assert made["phoneNumbers"] == [{"value": "ext. 4711"}]
    assert "phone_number" not in directory.stored(made["id"]).attributes


def test_addresses_are_verified_where_the_pool_trusts_its_directory(directory: Directory) -> None:
    directory.world.configure(directory.pool_id, scim={"addresses_are_verified": True})
    made = directory.make_user(emails=[{"value": "a@example.com"}])
    assert directory.stored(made["id"]).attributes["email_verified"] == "true"
    directory.patch(
        f"Users/{made['id']}",
        {"op": "replace", "path": "emails[value pr].value", "value": "b@x.eu"},
    )
    stored = directory.stored(made["id"]).attributes
    assert (stored["email"], stored["email_verified"]) == ("b@x.eu", "true")


def test_a_changed_address_is_unverified_at_once_and_no_code_is_sent(directory: Directory) -> None:
    world = directory.world
    required = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    change_pool(
        world,
        directory.pool_id,
        UserAttributeUpdateSettings=required,
        AutoVerifiedAttributes=["email"],
    )
    made = directory.make_user(emails=[{"value": "a@example.com", "type": "work"}])
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@example.com"}
    changed = answered(directory.patch(f"Users/{made['id']}", operation), 200)
    assert changed["emails"][0]["value"] == "b@example.com"
    assert directory.stored(made["id"]).attributes["email_verified"] == "false"
    assert outbox(world) == []


def test_usernames_never_change_where_people_chose_them(directory: Directory) -> None:
    made = directory.make_user("ada")
    answer = directory.ask("PUT", f"Users/{made['id']}", {"userName": "countess"})
    refused(answer, 400, "mutability")
    operation = {"op": "replace", "path": "userName", "value": "countess"}
    refused(directory.patch(f"Users/{made['id']}", operation), 400, "mutability")


def test_an_address_that_is_the_username_can_change_by_either_name(by_email: Directory) -> None:
    made = by_email.make_user("ada@example.com")
    assert made["emails"] == [{"value": "ada@example.com"}]
    path = f"Users/{made['id']}"
    renamed = answered(
        by_email.patch(path, {"op": "replace", "path": "userName", "value": "ada@corp.com"}), 200
    )
    assert renamed["emails"][0]["value"] == "ada@corp.com"
    operation = {
        "op": "add",
        "path": "emails",
        "value": [{"value": "al@corp.com", "primary": True}],
    }
    assert answered(by_email.patch(path, operation), 200)["userName"] == "al@corp.com"
    answer = by_email.ask(
        "PUT", path, {"userName": "one@corp.com", "emails": [{"value": "two@corp.com"}]}
    )
    refused(answer, 400, "invalidValue")
    left = answered(by_email.ask("PUT", path, {"userName": "al@corp.com"}), 200)
    assert left["emails"][0]["value"] == "al@corp.com"


def test_a_taken_name_is_a_conflict(directory: Directory, by_email: Directory) -> None:
    directory.make_user("ada")
    refused(directory.ask("POST", "Users", {"userName": "ada"}), 409, "uniqueness")
    by_email.make_user("ada@example.com")
    other = by_email.make_user("bob@example.com")
    refused(by_email.ask("POST", "Users", {"userName": "ADA@example.com"}), 409, "uniqueness")
    operation = {"op": "replace", "path": "userName", "value": "ada@example.com"}
    refused(by_email.patch(f"Users/{other['id']}", operation), 409, "uniqueness")


def test_a_password_is_set_by_the_pools_policy_and_never_told(directory: Directory) -> None:
    refused(
        directory.ask("POST", "Users", {"userName": "ada", "password": "x"}), 400, "invalidValue"
    )
    made = directory.make_user("ada", password=PASSWORD)
    assert "password" not in made
    assert PASSWORD not in directory.get(f"Users/{made['id']}").text
    assert is_password(directory, made["id"], PASSWORD)
    new = "Another-horse-8"
    operation = {"op": "replace", "path": "password", "value": new}
    answer = directory.patch(f"Users/{made['id']}", operation)
    assert new not in answer.text
    assert is_password(directory, made["id"], new)
    refused(
        directory.patch(f"Users/{made['id']}", {**operation, "value": "short"}), 400, "invalidValue"
    )


def test_a_password_is_ignored_where_the_pool_takes_none(directory: Directory) -> None:
    directory.world.configure(directory.pool_id, scim={"passwords": False})
    made = directory.make_user("ada", password="made-up")
    operation = {"op": "replace", "path": "password", "value": PASSWORD}
    answered(directory.patch(f"Users/{made['id']}", operation), 200)
    stored = directory.stored(made["id"])
    assert (stored.status, stored.sealed_verifier) == ("RESET_REQUIRED", None)
    config = answered(directory.get("ServiceProviderConfig"), 200)
    assert config["changePassword"]["supported"] is False


def is_password(directory: Directory, user_id: str, password: str) -> bool:
    user = directory.stored(user_id)
    credential = open_credential(directory.world.kernel, user)
    return user.status == "CONFIRMED" and check(
        directory.pool_id, user.username, credential, password
    )


def test_people_without_a_password_wait_silently_for_a_new_one(directory: Directory) -> None:
    made = directory.make_user(emails=[{"value": "a@example.com"}])
    assert directory.stored(made["id"]).status == "RESET_REQUIRED"
    assert outbox(directory.world) == []


def test_who_has_a_verified_address_sets_a_password_by_a_code(directory: Directory) -> None:
    world = directory.world
    world.configure(directory.pool_id, scim={"addresses_are_verified": True})
    directory.make_user("ada", emails=[{"value": "a@example.com"}])
    client = world.client(directory.pool_id)
    (forgot,) = [f.handlers["ForgotPassword"] for f in FAMILIES if "ForgotPassword" in f.handlers]
    forgot(world.call, {"ClientId": client.id, "Username": "ada"})
    world.wait_for_message()
    assert outbox(world)[0]["to"] == "a@example.com"


def test_people_are_invited_where_the_pool_says_so(directory: Directory) -> None:
    directory.world.configure(directory.pool_id, scim={"invites": True})
    made = directory.make_user(emails=[{"value": "a@example.com"}])
    assert directory.stored(made["id"]).status == "FORCE_CHANGE_PASSWORD"
    assert [each["to"] for each in outbox(directory.world)] == ["a@example.com"]
    directory.make_user("bob", emails=[{"value": "b@example.com"}], active=False)
    assert len(outbox(directory.world)) == 1


def test_a_deactivated_user_is_signed_out_everywhere(world: World) -> None:
    pool_id = world.pool()
    client = world.client(pool_id, confidential=True)
    user_id = world.user(pool_id)
    directory = Directory.of(world, pool_id)
    world.configure(pool_id, scim={"everybody": True})
    world.register(client, backchannel_logout_uri="https://app.example/logout")
    browser = world.browser()
    tokens = world.redeem(client, world.code(client, browser)).get_json()
    world.time.now += 1
    operation = {"op": "Replace", "path": "active", "value": "False"}
    assert answered(directory.patch(f"Users/{user_id}", operation), 200)["active"] is False
    assert world.user_info(tokens["access_token"]).status_code == 401
    (family,) = world.rows(RefreshFamily)
    assert family.revoked
    assert world.rows(BrowserSession) == []
    assert [notice.client_id for notice in world.rows(LogoutNotice)] == [client.id]
    refused_page = world.sign_in(world.browser(), client)
    assert refused_page.status_code == 400
    operation = {"op": "Replace", "path": "active", "value": "True"}
    assert answered(directory.patch(f"Users/{user_id}", operation), 200)["active"] is True
    assert world.code(client)


def test_a_deleted_users_tokens_end(world: World) -> None:
    pool_id = world.pool()
    client: TestClient = world.client(pool_id, confidential=True)
    user_id = world.user(pool_id)
    tokens = world.redeem(client, world.code(client)).get_json()
    assert claims_of(tokens["access_token"])["sub"] == user_id
    world.configure(pool_id, scim={"everybody": True})
    assert Directory.of(world, pool_id).ask("DELETE", f"Users/{user_id}").status_code == 204
    assert world.user_info(tokens["access_token"]).status_code == 401


def test_the_pre_sign_up_function_may_refuse_a_user(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "def handler(event, context):\n"
        "    assert event['triggerSource'] == 'PreSignUp_AdminCreateUser'\n"
        "    if event['userName'] == 'eve':\n"
        "        raise Exception('not her')\n"
        "    return event\n"
    )
    function(directory.world, monkeypatch, "gate", source)
    change_pool(directory.world, directory.pool_id, LambdaConfig={"PreSignUp": f"{ARN}gate"})
    directory.make_user("ada")
    detail = refused(directory.ask("POST", "Users", {"userName": "eve"}), 403)
    assert detail == "PreSignUp failed with error not her."


def test_if_match_refuses_a_change_of_another_version(directory: Directory) -> None:
    made = directory.make_user()
    path, version = f"Users/{made['id']}", made["meta"]["version"]
    operation = {"op": "replace", "path": "title", "value": "Countess"}
    assert answered(directory.patch(path, operation, If_Match=version), 200)
    refused(directory.patch(path, operation, If_Match=version), 412)
    refused(directory.ask("PUT", path, {"userName": "ada"}, {"If-Match": version}), 412)
    refused(directory.ask("DELETE", path, headers={"If-Match": version}), 412)
    assert directory.ask("DELETE", path, headers={"If-Match": "*"}).status_code == 204


def test_if_none_match_saves_the_answer_of_a_known_version(directory: Directory) -> None:
    made = directory.make_user()
    headers = {"If-None-Match": made["meta"]["version"]}
    answer = directory.ask("GET", f"Users/{made['id']}", headers=headers)
    assert (answer.status_code, answer.data) == (304, b"")


def test_a_version_changes_with_what_others_change(directory: Directory) -> None:
    made = directory.make_user()
    directory.world.change_user(made["id"], attributes={"name": "Somebody"})
    seen = answered(directory.get(f"Users/{made['id']}"), 200)
    assert seen["meta"]["version"] != made["meta"]["version"]


def test_attributes_are_selected(directory: Directory) -> None:
    made = directory.make_user(displayName="Ada", title="Countess", name={"givenName": "Ada"})
    path = f"Users/{made['id']}"
    chosen = answered(directory.get(path, attributes="displayName,name.givenName"), 200)
    assert chosen.keys() == {"schemas", "id", "displayName", "name"}
    left = answered(directory.get(path, excludedAttributes="title,meta,name"), 200)
    assert left.keys() == {"schemas", "id", "userName", "displayName", "active"}
    both = directory.get(path, attributes="title", excludedAttributes="name")
    refused(both, 400, "invalidValue")


def test_an_immutable_attribute_of_the_pool_gets_its_value_once(directory: Directory) -> None:
    made = directory.make_user(**{POOL: {"custom_badge": "7"}})
    operation = {"op": "replace", "path": f"{POOL}:custom_badge", "value": "8"}
    refused(directory.patch(f"Users/{made['id']}", operation), 400, "mutability")


def test_values_that_the_pools_schema_refuses_are_invalid(directory: Directory) -> None:
    body = {"userName": "ada", "emails": [{"value": "not an address"}]}
    refused(directory.ask("POST", "Users", body), 400, "invalidValue")
    body = {"userName": "ada", POOL: {"birthdate": "yesterday, about noon"}}
    refused(directory.ask("POST", "Users", body), 400, "invalidValue")
    refused(directory.ask("POST", "Users", {"userName": "ada", "name": "Ada"}), 400, "invalidValue")
    refused(directory.ask("POST", "Users", {"displayName": "Ada"}), 400, "invalidValue")
    body = {"userName": "ada", "title": "x" * 20_000}
    refused(directory.ask("POST", "Users", body), 400, "invalidValue")


def test_the_pools_own_host_needs_no_pool_in_the_path(world: World, directory: Directory) -> None:
    world.domain(directory.pool_id, "login.example.com")
    answer = world.browser().get(
        "/scim/v2/Users",
        base_url="http://login.example.com",
        headers={"Authorization": f"Bearer {directory.token}"},
    )
    assert answered(answer, 200)["totalResults"] == 0
    made = directory.make_user()
    assert made["meta"]["location"] == f"{ORIGIN}/scim/v2/{directory.pool_id}/Users/{made['id']}"
    of_another = world.browser().get(
        f"/scim/v2/{world.pool()}/Users", base_url="http://login.example.com"
    )
    assert of_another.status_code == 404


def test_the_main_host_serves_pools_by_id_where_it_has_no_pages(tmp_path: Path) -> None:
    world = World(tmp_path, public_url="https://login.example.com", path_addresses=False)
    directory = replace(Directory.of(world, world.pool()), host="https://login.example.com")
    made = directory.make_user("ada@example.com")
    base = f"https://login.example.com/scim/v2/{directory.pool_id}"
    assert made["meta"]["location"] == f"{base}/Users/{made['id']}"
    elsewhere = replace(directory, host="https://other.example.com")
    assert elsewhere.get("Users").status_code == 404
    world.close()


def test_people_who_came_from_elsewhere_keep_their_name(by_email: Directory) -> None:
    user_id = by_email.world.user(by_email.pool_id)
    identity = {"providerName": "Company", "userId": "1", "primary": True}
    by_email.world.change_user(
        user_id,
        username="Company_1",
        attributes={"email": "a@example.com", "identities": orjson.dumps([identity]).decode()},
    )
    seen = answered(by_email.get(f"Users/{user_id}"), 200)
    assert seen["userName"] == "Company_1"
    operation = {"op": "replace", "path": "userName", "value": "ada@example.com"}
    refused(by_email.patch(f"Users/{user_id}", operation), 400, "mutability")


def test_the_library_is_not_loaded_before_the_first_request() -> None:
    code = (
        "import sys, app\n"
        "heavy = {'pydantic', 'scim2_models', 'lark'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_answered_changes_nothing(directory: Directory) -> None:
    made = directory.make_user("ada")
    wrong = ",".join(f"name{number}" for number in range(101))
    for method, path, body in (
        ("POST", "Users", {"schemas": [USER], "userName": "bob"}),
        ("PUT", f"Users/{made['id']}", {"schemas": [USER], "userName": "ada", "title": "Countess"}),
    ):
        assert directory.ask(method, path, body, attributes=wrong).status_code == 400
    assert directory.found("Users", 'userName eq "bob"') == []
    assert "title" not in answered(directory.get(f"Users/{made['id']}"), 200)
