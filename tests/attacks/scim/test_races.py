"""Two directories at once: on SQLite and on PostgreSQL, one of them wins, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from idp.models import GroupMember, User
from kernel.database import Base
from tests.idp.oauth.world import World
from tests.idp.scim.conftest import NAMES
from tests.idp.scim.directory import Directory, answered, values
from tests.idp.scim.many import pool_group

AT_ONCE = 6


@pytest.fixture
def directory(database_url: str, tmp_path: Path) -> Iterator[Directory]:
    world = World(tmp_path, database_url=database_url)
    Base.metadata.create_all(world.kernel.database.engine)
    yield Directory.of(world, world.pool(**NAMES))
    world.close()


def at_once(work: Any) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, range(AT_ONCE)))


def test_of_changes_of_one_version_one_is_made(directory: Directory) -> None:
    made = directory.make_user()
    path, version = f"Users/{made['id']}", made["meta"]["version"]

    def change(place: int) -> int:
        operation = {"op": "replace", "path": "title", "value": f"t{place}"}
        return directory.patch(path, operation, If_Match=version).status_code

    assert Counter(at_once(change)) == {200: 1, 412: AT_ONCE - 1}


def test_changes_of_different_attributes_are_all_made(directory: Directory) -> None:
    path = f"Users/{directory.make_user()['id']}"
    names = ("title", "nickName", "displayName")

    def change(place: int) -> int:
        operation = {"op": "replace", "path": names[place % 3], "value": "x"}
        return directory.patch(path, operation).status_code

    statuses = at_once(change)
    seen = answered(directory.get(path), 200)
    if set(statuses) == {200}:
        assert {name: seen.get(name) for name in names} == dict.fromkeys(names, "x")
    assert set(statuses) <= {200, 412}


def test_a_name_is_given_once(directory: Directory) -> None:
    statuses = at_once(lambda _: directory.ask("POST", "Users", {"userName": "ada"}).status_code)
    assert Counter(statuses) == {201: 1, 409: AT_ONCE - 1}
    assert len(directory.world.rows(User)) == 1
    statuses = at_once(lambda _: directory.ask("POST", "Groups", {"displayName": "S"}).status_code)
    assert Counter(statuses) == {201: 1, 409: AT_ONCE - 1}


def test_members_that_come_at_once_are_all_there(directory: Directory) -> None:
    people = [directory.make_user(f"user-{place}")["id"] for place in range(AT_ONCE)]
    path = f"Groups/{directory.make_group('Sales')['id']}"

    def add(place: int) -> int:
        operation = {"op": "add", "path": "members", "value": values(*people[: place + 1])}
        return directory.patch(path, operation).status_code

    assert set(at_once(add)) == {204}
    assert len(directory.world.rows(GroupMember)) == AT_ONCE


def test_groups_get_one_id_each_whoever_asks_first(directory: Directory) -> None:
    pool_group(directory, "Operators")
    found = at_once(lambda _: directory.found("Groups", 'displayName eq "Operators"')[0])
    assert len(set(found)) == 1


def test_what_no_database_takes_is_refused(directory: Directory) -> None:
    made = directory.make_user("ada")
    path = f"Users/{made['id']}"
    for text in ('"a\\u0000b"', '"\\ud800"'):
        body = f'{{"userName": {text}}}'.encode()
        assert directory.ask("POST", "Users", body).status_code == 400
        body = f'{{"Operations": [{{"op": "add", "path": "title", "value": {text}}}]}}'.encode()
        assert directory.ask("PATCH", path, body).status_code == 400
        for name in ("userName", "externalId", "emails.value", "id", "title"):
            assert directory.found("Users", f"{name} eq {text}") == []
        for name in ("displayName", "externalId", "id", "members"):
            assert directory.found("Groups", f"{name} eq {text}") == []
