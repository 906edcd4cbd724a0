"""Whatever is done to a tree, every path says where its resource hangs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.control.errors import Refused
from kernel import settings as kernel_settings
from kernel.database import Base, Database
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest.tree import Tree

PARTS = ("a", "b", "{x}", "{y}", "{z+}", "a.b")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("grow", "grow", "grow", "rename", "move", "cut")),
        st.integers(0, 9),
        st.integers(0, 9),
        st.sampled_from(PARTS),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("tree")
    database = Database.attach(Flask("control"), kernel_settings.parse({"instance": str(folder)}))
    Base.metadata.create_all(database.engine)
    yield Caller(build_kernel(database, folder))
    database.engine.dispose()


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_paths_and_parents_agree(
    caller: Caller, steps: Sequence[tuple[str, int, int, str]]
) -> None:
    tree = Tree.planted(caller)

    for step in steps:
        before = tree("GetResources", limit=500)["items"]
        try:
            _take(tree, [item["id"] for item in before], *step)
        except Refused:
            assert tree("GetResources", limit=500)["items"] == before

    _require_sound(tree("GetResources", limit=500)["items"])
    tree("DeleteRestApi")


def _take(tree: Tree, ids: list[str], step: str, first: int, second: int, part: str) -> None:
    one, other = ids[first % len(ids)], ids[second % len(ids)]
    if step == "grow":
        tree("CreateResource", parentId=one, pathPart=part)
    elif step == "rename":
        tree.patch("UpdateResource", ("replace", "/pathPart", part), resourceId=one)
    elif step == "move":
        tree.patch("UpdateResource", ("replace", "/parentId", other), resourceId=one)
    else:
        tree("DeleteResource", resourceId=one)


def _require_sound(items: list[dict[str, Any]]) -> None:
    paths = {item["id"]: item["path"] for item in items}
    assert len(set(paths.values())) == len(paths)
    assert [item["path"] for item in items if "parentId" not in item] == ["/"]
    for item in items:
        if "parentId" in item:
            above = paths[item["parentId"]]
            assert item["path"] == f"{above.rstrip('/')}/{item['pathPart']}"
            assert not above.endswith("+}")
    variables = [item["parentId"] for item in items if item.get("pathPart", "").startswith("{")]
    assert len(variables) == len(set(variables))
