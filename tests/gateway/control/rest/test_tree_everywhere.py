"""The tree on each database, and changes of it that happen at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Refused
from kernel.database import Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree, checked

AT_ONCE = 4


@pytest.fixture
def tree(kernel: Kernel, database: Database) -> Tree:
    """A tree on SQLite, and again on PostgreSQL."""
    return Tree.planted(Caller(replace(kernel, database=database)))


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    def attempt(number: int) -> Any:
        try:
            return work(number)
        except Refused as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(attempt, range(AT_ONCE)))


def test_tree_grows_moves_and_is_cut(tree: Tree) -> None:
    there = tree.resource("there")
    pets = tree.resource("pets")
    child = tree("CreateResource", parentId=pets, pathPart="{id}")["id"]
    method = tree.method(
        resourceId=child,
        requestParameters={"method.request.path.id": True},
        requestModels={"application/json": "Error"},
    )
    method("PutIntegration", type="MOCK")

    tree.patch("UpdateResource", ("replace", "/parentId", there), resourceId=pets)
    tree.patch("UpdateResource", ("replace", "/pathPart", "dogs"), resourceId=pets)
    assert tree.paths() == ["/", "/there", "/there/dogs", "/there/dogs/{id}"]
    assert method("GetMethod")["methodIntegration"]["type"] == "MOCK"

    tree("DeleteResource", resourceId=pets)
    assert tree.paths() == ["/", "/there"]


def test_pages_hold_every_path_once_and_in_order(tree: Tree) -> None:
    for part in ("A", "a", "a-b", "a.b", "a_b", "b", "{id}"):
        tree.resource(part)
    everything = tree.paths()

    found, position = [], None
    while len(found) < 20:
        more = {"position": position} if position else {}
        answer = tree("GetResources", limit=2, **more)
        found += [item["path"] for item in answer["items"]]
        position = answer.get("position")
        if not position:
            break

    assert found == everything
    assert len(set(found)) == 8


def test_clones_and_deletions_take_everything_along(tree: Tree) -> None:
    tree.resource("pets", "{id}")
    tree.add_authorizer("TOKEN")

    clone = Tree.planted(tree.caller, cloneFrom=tree.api)
    tree("DeleteRestApi")

    assert clone.paths() == ["/", "/pets", "/pets/{id}"]
    assert [item["id"] for item in checked(tree.caller, "GetRestApis")["items"]] == [clone.api]


def test_unknown_ids_of_any_form_are_not_found(tree: Tree) -> None:
    for strange in ("x" * 1000, "\ud800", "'; --", "\u0000", "é"):
        for operation in ("GetResource", "GetMethod"):
            with pytest.raises(Refused, match="Invalid Resource identifier specified"):
                tree(operation, resourceId=strange, httpMethod="GET")


def test_methods_of_one_api_are_bounded_together(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "METHODS_BYTES_PER_API", 60_000)
    large = {"application/json": "é" * 20_000}
    tree.method()("PutIntegration", type="MOCK", requestTemplates=large)

    with pytest.raises(Exceeded, match="at most 60000 bytes together"):
        tree.method(httpMethod="PUT")("PutIntegration", type="MOCK", requestTemplates=large)


def test_one_of_parallel_resources_of_a_name_is_made(tree: Tree) -> None:
    outcomes = _at_once(lambda _: tree.resource("pets"))

    assert sum(isinstance(outcome, Conflicting) for outcome in outcomes) == AT_ONCE - 1
    assert tree.paths() == ["/", "/pets"]


def test_parallel_methods_of_one_resource_are_all_kept(tree: Tree) -> None:
    verbs = ("GET", "PUT", "POST", "DELETE")

    _at_once(lambda number: tree.method(httpMethod=verbs[number]))

    assert set(tree("GetResource", resourceId=tree.root)["resourceMethods"]) == set(verbs)


def test_resources_that_move_below_each_other_at_once_make_no_circle(tree: Tree) -> None:
    pair = tree.resource("a"), tree.resource("b")

    outcomes = _at_once(
        lambda number: tree.patch(
            "UpdateResource",
            ("replace", "/parentId", pair[1 - number % 2]),
            resourceId=pair[number % 2],
        )
    )

    assert any(isinstance(outcome, Refused) for outcome in outcomes)
    assert tree.paths() in (["/", "/a", "/a/b"], ["/", "/b", "/b/a"])
