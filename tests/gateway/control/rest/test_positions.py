from __future__ import annotations

import pytest

from gateway.control.errors import Invalid
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree, checked


@pytest.fixture
def tree(caller: Caller) -> Tree:
    made = Tree.planted(caller)
    for number in range(30):
        made.resource(f"r{number:02}")
    return made


def test_pages_hold_25_items_where_no_limit_is_given(tree: Tree) -> None:
    first = tree("GetResources")
    second = tree("GetResources", position=first["position"])

    assert (len(first["items"]), len(second["items"])) == (25, 6)
    assert [item["path"] for item in first["items"] + second["items"]] == tree.paths()
    assert "position" not in second


def test_last_page_that_is_full_has_no_position(tree: Tree) -> None:
    assert "position" not in tree("GetResources", limit=31)
    assert "position" not in tree("GetResources", limit=5000)


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_is_positive(tree: Tree, limit: int) -> None:
    with pytest.raises(Invalid, match="The limit must be a positive whole number"):
        tree("GetResources", limit=limit)


def test_position_opens_for_the_list_that_gave_it_alone(caller: Caller, tree: Tree) -> None:
    position = tree("GetResources")["position"]
    other = Tree.planted(caller)
    elsewhere = caller.elsewhere(region="eu-west-1")

    def refused(stranger: Tree, **request: object) -> None:
        with pytest.raises(Invalid, match="Invalid position parameter"):
            stranger("GetResources", position=position, **request)

    refused(other)
    refused(Tree.planted(elsewhere))
    refused(tree, embed=["methods"])
    with pytest.raises(Invalid, match="Invalid position parameter"):
        checked(caller, "GetRestApis", position=position)


def test_position_that_was_altered_is_refused(tree: Tree) -> None:
    position = tree("GetResources")["position"]
    middle = len(position) // 2
    flipped = "A" if position[middle] != "A" else "B"

    for forged in (
        position[:middle] + flipped + position[middle + 1 :],
        position[:-4],
        "cjA1",
        "/r05",
        "é",
        "x" * 10_000,
    ):
        with pytest.raises(Invalid, match="Invalid position parameter"):
            tree("GetResources", position=forged)
