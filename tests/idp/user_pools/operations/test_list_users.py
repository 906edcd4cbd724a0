"""ListUsers: filters on every attribute that AWS allows, each served by an index."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.statements import explained, recorded
from tests.idp.user_pools.operations.world import Pool, World, refused


@pytest.fixture(scope="module")
def people(world: World) -> Pool:
    pool = world.pool()
    pool.create_user(
        "ada", email="ada@example.com", phone_number="+15550000001", name="Ada Lovelace",
        given_name="Ada", family_name="Lovelace", preferred_username="countess",
    )  # fmt: skip
    pool.create_user("adam", email="adam@example.com", name='Adam "Ant"', given_name="Adam")
    pool.create_user("bob", email="bob@example.org", family_name="Lo%e_", given_name="Æ")
    pool.call("admin_create_user", Username="new", MessageAction="SUPPRESS")
    pool.call("admin_disable_user", Username="bob")
    return pool


def found(pool: Pool, expression: str, **request: Any) -> set[str]:
    users = pool.call("list_users", Filter=expression, **request)["Users"]
    return {user["Username"] for user in users}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('username = "ada"', {"ada"}),
        ('username ^= "ada"', {"ada", "adam"}),
        ('username = "ADA"', set()),
        ('email = "bob@example.org"', {"bob"}),
        ('email ^= "ad"', {"ada", "adam"}),
        ('phone_number ^= "+1555"', {"ada"}),
        ('name = "Adam \\"Ant\\""', {"adam"}),
        ('name ^= "Ada "', {"ada"}),
        ('given_name = "Ada"', {"ada"}),
        ('given_name = "Æ"', {"bob"}),
        ('family_name ^= "Lo%"', {"bob"}),
        ('family_name ^= "Lo"', {"ada", "bob"}),
        ('preferred_username = "countess"', {"ada"}),
        ('cognito:user_status = "confirmed"', {"ada", "adam", "bob"}),
        ('cognito:user_status = "FORCE_CHANGE_PASSWORD"', {"new"}),
        ('status = "Disabled"', {"bob"}),
        ('status = "Enabled"', {"ada", "adam", "new"}),
        ('  username="ada"  ', {"ada"}),
        ("", {"ada", "adam", "bob", "new"}),
    ],
)
def test_filter_finds_by_value_and_prefix(people: Pool, expression: str, names: set[str]) -> None:
    assert found(people, expression) == names


def test_filter_finds_by_sub(people: Pool) -> None:
    sub = people.attributes("ada")["sub"]
    assert found(people, f'sub = "{sub}"') == {"ada"}
    assert found(people, f'sub ^= "{sub[:8]}"') == {"ada"}


@pytest.mark.parametrize(
    "expression",
    ['nickname = "x"', 'custom:x = "x"', 'username != "x"', "username = x", 'username = "x',
     'username = "a" or name = "b"', "'; drop table users; --"],
)  # fmt: skip
def test_filter_of_another_form_is_refused(people: Pool, expression: str) -> None:
    with refused("InvalidParameterException"):
        found(people, expression)


def test_filter_sees_changes(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada", name="Ada")
    pool.call(
        "admin_update_user_attributes",
        Username="ada",
        UserAttributes=[{"Name": "name", "Value": "Grace"}],
    )
    assert found(pool, 'name = "Ada"') == set()
    assert found(pool, 'name = "Grace"') == {"ada"}
    pool.call("admin_delete_user_attributes", Username="ada", UserAttributeNames=["name"])
    assert found(pool, 'name = "Grace"') == set()
    pool.call("admin_delete_user", Username="ada")
    assert found(pool, 'username = "ada"') == set()


@pytest.mark.parametrize("expression", ["", 'status = "Enabled"', 'username ^= "user"'])
def test_pages_hold_every_user_once(world: World, expression: str) -> None:
    pool = world.pool()
    names = {f"user-{number}" for number in range(7)}
    for name in names:
        pool.call("admin_create_user", Username=name, MessageAction="SUPPRESS")
    seen: list[str] = []
    request: dict[str, Any] = {"Filter": expression, "Limit": 3}
    while True:
        page = pool.call("list_users", **request)
        seen += [user["Username"] for user in page["Users"]]
        if "PaginationToken" not in page:
            break
        request["PaginationToken"] = page["PaginationToken"]
    assert sorted(seen) == sorted(names)


def test_only_requested_attributes_are_listed(people: Pool) -> None:
    users = people.call("list_users", AttributesToGet=["name"], Filter='username ^= "ada"')
    assert [each["Attributes"] for each in users["Users"]] == [
        [{"Name": "name", "Value": "Ada Lovelace"}],
        [{"Name": "name", "Value": 'Adam "Ant"'}],
    ]
    with refused("InvalidParameterException", "requested attributes do not exist"):
        people.call("list_users", AttributesToGet=["phone_number"])


def test_long_value_is_found_by_its_beginning(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada", name="x" * 2048)
    assert found(pool, f'name ^= "{"x" * 200}"') == {"ada"}
    assert found(pool, f'name = "{"x" * 200}"') == set()


ATTRIBUTES = (
    "username", "email", "phone_number", "name", "given_name", "family_name",
    "preferred_username", "cognito:user_status", "status", "sub",
)  # fmt: skip


@pytest.mark.parametrize("operator", ["=", "^="])
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_an_index_serves_each_filter_on_each_page(
    world: World, attribute: str, operator: str
) -> None:
    pool = world.pool()
    for number in range(3):
        pool.create_user(
            f"x{number}", email=f"x{number}@example.com", phone_number=f"+1555000000{number}",
            name="x", given_name="x", family_name="x", preferred_username=f"x{number}",
        )  # fmt: skip
    value = {"status": "Enabled", "cognito:user_status": "CONFIRMED", "phone_number": "+1"}
    expression = f'{attribute} {operator} "{value.get(attribute, "x")}"'
    with recorded(world) as statements:
        page = pool.call("list_users", Filter=expression, Limit=1)
        if "PaginationToken" in page:
            token = page["PaginationToken"]
            pool.call("list_users", Filter=expression, Limit=1, PaginationToken=token)
    listing = [each for each in statements if "searchable_attributes" in each[0]]
    assert listing
    for statement, parameters in listing:
        plan = explained(world, statement, parameters)
        assert not {"SCAN", "TEMP"} & set(plan.split()), plan
        assert "pool_id=? AND name=? AND value" in plan.replace("(value", "value"), plan


def test_primary_order_serves_the_unfiltered_list(people: Pool) -> None:
    with recorded(people.world) as statements:
        people.call("list_users", Limit=1)
    (statement, parameters) = statements[-1]
    plan = explained(people.world, statement, parameters)
    assert not {"SCAN", "TEMP"} & set(plan.split()), plan
