"""A tree that is deployed answers requests as its methods say, and waits for a deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.snapshot import SnapshotHolder
from tests.gateway.conftest import Served
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Method, Tree
from tests.gateway.plane import Plane


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


@pytest.fixture
def plane(tokens: Any, served: SnapshotHolder) -> Iterator[Plane]:
    made = Plane(tokens)
    yield made
    made.pool.close()


def _mock(tree: Tree, *path: str, body: str, verb: str = "GET") -> Method:
    method = tree.method(resourceId=tree.resource(*path), httpMethod=verb)
    method("PutMethodResponse", statusCode="200")
    method(
        "PutIntegration", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    method("PutIntegrationResponse", statusCode="200", responseTemplates={"application/json": body})
    return method


def test_deployed_tree_is_served_and_its_changes_wait(
    tree: Tree,
    plane: Plane,
    served: SnapshotHolder,
    serve: Callable[[Any], Served],
) -> None:
    method = _mock(tree, "pets", "{id}", body="a pet")
    server = serve(plane.app)

    def get(path: str) -> tuple[int, bytes]:
        plane.holder.swap(served.current)
        answer = server.get(f"/execute-api/{tree.api}/dev{path}")
        return answer.status, answer.body

    tree("CreateDeployment", stageName="dev")
    assert get("/pets/7") == (200, b"a pet")
    assert get("/pets")[0] == 403

    tree.patch("UpdateResource", ("replace", "/pathPart", "dogs"), resourceId=_parent(method))
    method.patch(
        "UpdateIntegrationResponse",
        ("replace", "/responseTemplates/application~1json", "changed"),
        statusCode="200",
    )
    assert get("/pets/7") == (200, b"a pet")

    tree("CreateDeployment", stageName="dev")
    assert get("/pets/7")[0] == 403
    assert get("/dogs/7") == (200, b"changed")


def _parent(method: Method) -> str:
    found: str = method.tree("GetResource", resourceId=method.where["resourceId"])["parentId"]
    return found
