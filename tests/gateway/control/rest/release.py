"""An API whose GET / answers by MOCK with a status that tells its deployments apart."""

from __future__ import annotations

from typing import Any

from tests.gateway.control.rest.tree import Method, Tree

JSON = "application/json"


def mock(tree: Tree, status: int = 200, **where: Any) -> Method:
    """A method that a MOCK integration answers with a status."""
    method = tree.method(**where)
    method("PutIntegration", type="MOCK", requestTemplates={JSON: f'{{"statusCode": {status}}}'})
    method("PutMethodResponse", statusCode=str(status))
    method("PutIntegrationResponse", statusCode=str(status))
    return method


def remock(method: Method, status: int) -> None:
    """Let the method answer with another status from the next deployment on."""
    template = f'{{"statusCode": {status}}}'
    method("PutIntegration", type="MOCK", requestTemplates={JSON: template})
    method("PutMethodResponse", statusCode=str(status))
    method("PutIntegrationResponse", statusCode=str(status))


def deploy(tree: Tree, **request: Any) -> str:
    """The id of a new deployment."""
    made: str = tree("CreateDeployment", **request)["id"]
    return made
