from __future__ import annotations

import pytest

from idp.scim import results
from tests.idp.scim.directory import Directory, answered, refused
from tests.idp.scim.many import many_users


@pytest.fixture
def people(directory: Directory) -> dict[str, str]:
    """Ids by names."""
    return {
        name: directory.make_user(
            name,
            externalId=f"x-{name}",
            displayName=name.title(),
            emails=[{"value": f"{name}@example.com", "type": "work"}],
            active=name != "eve",
        )["id"]
        for name in ("ada", "bob", "eve")
    }


FOUND = (
    ('userName eq "ada"', "ada"),
    ('USERNAME EQ "ada"', "ada"),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada"', "ada"),
    ('userName eq "ADA"', ""),
    ('userName eq "nobody"', ""),
    ('externalId eq "x-bob"', "bob"),
    ('emails.value eq "bob@example.com"', "bob"),
    ('emails eq "bob@example.com"', "bob"),
    ('emails[value eq "bob@example.com"]', "bob"),
    ('emails[type eq "work"].value eq "bob@example.com"', "bob"),
    ('emails[type eq "home"].value eq "bob@example.com"', ""),
    ('userName eq "ada" and externalId eq "x-ada"', "ada"),
    ('userName eq "ada" and externalId eq "x-bob"', ""),
    ('userName eq "ada" or userName eq "bob"', "ada bob"),
    ('userName eq "eve" and active eq true', ""),
    ("active eq false", "eve"),
    ('displayName sw "A"', "ada"),
    ('not (userName eq "ada") and active eq true', "bob"),
    ("title pr", ""),
    ('meta.lastModified gt "2001-01-01T00:00:00Z"', "ada bob eve"),
    ('password eq "anything"', ""),
    ('userName eq "\\u0000"', ""),
    ('externalId eq "\\ud800"', ""),
)


def test_users_are_found(directory: Directory, people: dict[str, str]) -> None:
    for text, names in FOUND:
        found = set(directory.found("Users", text))
        assert found == {people[name] for name in names.split()}, text


def test_a_user_is_found_by_id(directory: Directory, people: dict[str, str]) -> None:
    assert directory.found("Users", f'id eq "{people["ada"]}"') == [people["ada"]]
    assert directory.found("Users", 'id eq "nobody"') == []


def test_names_are_compared_as_the_pool_compares_them(by_email: Directory) -> None:
    made = by_email.make_user("ada@example.com")["id"]
    assert by_email.found("Users", 'userName eq "ADA@Example.com"') == [made]


def test_groups_are_found(directory: Directory, people: dict[str, str]) -> None:
    sales = directory.make_group("World Sales", people["ada"], externalId="g1")["id"]
    other = directory.make_group("Other")["id"]
    ada = people["ada"]
    for text in (
        'displayName eq "World Sales"',
        'externalId eq "g1"',
        f'id eq "{sales}"',
        f'members eq "{ada}"',
        f'members.value eq "{ada}"',
        f'members[value eq "{ada}"]',
        f'id eq "{sales}" and members eq "{ada}"',
        f'members eq "{ada}" and displayName sw "World"',
    ):
        assert directory.found("Groups", text) == [sales], text
    for text in (f'members eq "{people["bob"]}"', f'id eq "{other}" and members eq "{ada}"'):
        assert directory.found("Groups", text) == []
    assert directory.found("Groups", 'displayName eq "World-Sales"') == []


def test_members_are_compared_in_no_other_way(directory: Directory) -> None:
    for text in [
        "members pr",
        'members co "a"',
        'members eq "a" or members eq "b"',
        'not (members eq "a")',
    ]:
        refused(directory.get("Groups", filter=text), 400, "invalidFilter")


def test_a_wrong_filter_is_invalid(directory: Directory) -> None:
    for text in [
        "userName",
        'userName eq "',
        "userName eq ada",
        'nothing eq "x"',
        "active gt true",
        "(((",
    ]:
        refused(directory.get("Users", filter=text), 400, "invalidFilter")


def test_pages_by_number_hold_each_user_once(directory: Directory) -> None:
    user_ids = many_users(directory, 25)
    seen: list[str] = []
    for start in (1, 11, 21, 31):
        page = answered(directory.get("Users", startIndex=str(start), count="10"), 200)
        assert page["totalResults"] == 25
        assert page["startIndex"] == start
        assert page["itemsPerPage"] == len(page["Resources"])
        seen += [each["id"] for each in page["Resources"]]
    assert seen == user_ids
    none = answered(directory.get("Users", count="0"), 200)
    assert (none["totalResults"], none["Resources"]) == (25, [])
    assert answered(directory.get("Users", startIndex="-3", count="-1"), 200)["startIndex"] == 1


@pytest.mark.parametrize("text", ["", 'userName sw "user-1"'])
def test_pages_by_cursor_hold_each_user_once(directory: Directory, text: str) -> None:
    user_ids = many_users(directory, 25)
    query = {"filter": text} if text else {}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = answered(directory.get("Users", cursor=cursor, count="10", **query), 200)
        seen += [each["id"] for each in page["Resources"]]
        cursor = page.get("nextCursor")
    assert seen == [each for place, each in enumerate(user_ids) if not text or f"{place}"[0] == "1"]


def test_a_cursor_is_good_for_its_own_list_and_for_an_hour(directory: Directory) -> None:
    many_users(directory, 3)
    cursor = answered(directory.get("Users", cursor="", count="1"), 200)["nextCursor"]
    refused(directory.get("Groups", cursor=cursor), 400, "invalidCursor")
    refused(directory.get("Users", cursor="made-up"), 400, "invalidCursor")
    directory.world.time.now += 3601
    refused(directory.get("Users", cursor=cursor), 400, "expiredCursor")


def test_no_page_is_larger_than_what_is_published(directory: Directory) -> None:
    many_users(directory, 205)
    assert answered(directory.get("Users", count="1000"), 200)["itemsPerPage"] == 200
    refused(directory.get("Users", startIndex="100002"), 400, "tooMany")


def test_what_no_index_answers_is_compared_with_so_many_alone(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_COMPARED", 10)
    many_users(directory, 11)
    refused(directory.get("Users", filter='displayName sw "User 1"'), 400, "tooMany")
    text = 'userName eq "user-1" or userName eq "user-2"'
    refused(directory.get("Users", filter=text), 400, "tooMany")


def test_a_search_is_the_same_as_a_query(directory: Directory, people: dict[str, str]) -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName eq "ada"',
        "attributes": ["userName"],
        "count": 5,
    }
    (found,) = answered(directory.ask("POST", "Users/.search", body), 200)["Resources"]
    assert found.keys() == {"schemas", "id", "userName"}
    assert found["id"] == people["ada"]


def test_a_search_at_the_root_finds_users_and_groups(
    directory: Directory, people: dict[str, str]
) -> None:
    group_id = directory.make_group("Ada", people["ada"])["id"]
    found = answered(directory.ask("POST", ".search", {"filter": 'displayName eq "Ada"'}), 200)
    assert [each["id"] for each in found["Resources"]] == [people["ada"], group_id]
    assert found["totalResults"] == 2
    second = answered(directory.ask("POST", ".search", {"startIndex": 4, "count": 5}), 200)
    assert [each["id"] for each in second["Resources"]] == [group_id]
    only = answered(directory.ask("POST", ".search", {"filter": 'userName eq "ada"'}), 200)
    assert [each["id"] for each in only["Resources"]] == [people["ada"]]
    refused(directory.ask("POST", ".search", {"filter": "((("}), 400, "invalidFilter")


def test_members_of_lists_are_those_of_each_group(
    directory: Directory, people: dict[str, str]
) -> None:
    directory.make_group("One", people["ada"])
    directory.make_group("Two", people["bob"], people["eve"])
    first, second = answered(directory.get("Groups"), 200)["Resources"]
    assert [each["value"] for each in first["members"]] == [people["ada"]]
    assert len(second["members"]) == 2
    bare = answered(directory.get("Groups", excludedAttributes="members"), 200)["Resources"]
    assert all("members" not in each for each in bare)
