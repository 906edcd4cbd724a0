"""The whole way of a REST API's release, with boto3 and two workers."""

from __future__ import annotations

import http.client
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.servers.poolgate_server import Poolgate

JSON = "application/json"
AT_ONCE = 40
"""Requests, each on a connection of its own: enough to meet both workers."""


@dataclass
class Release:
    """An API whose GET / answers with a status that tells its deployments apart."""

    server: Poolgate
    client: Any
    api: str
    root: str

    def answer_with(self, status: int) -> None:
        where = {"restApiId": self.api, "resourceId": self.root, "httpMethod": "GET"}
        code = str(status)
        template = {JSON: f'{{"statusCode": {code}}}'}
        self.client.put_integration(**where, type="MOCK", requestTemplates=template)
        self.client.put_method_response(**where, statusCode=code)
        self.client.put_integration_response(**where, statusCode=code)

    def deploy(self, **request: Any) -> str:
        made: str = self.client.create_deployment(restApiId=self.api, **request)["id"]
        return made

    def update(self, *operations: dict[str, str]) -> Any:
        return self.client.update_stage(
            restApiId=self.api, stageName="prod", patchOperations=list(operations)
        )

    def ask(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        path = f"/restapis/{self.api}/prod/_user_request_/"
        connection.request("GET", path, headers={"Host": f"localhost:{self.server.port}"})
        status = connection.getresponse().status
        connection.close()
        return status

    def answers(self) -> Counter[int]:
        return Counter(self.ask() for _ in range(AT_ONCE))

    def soon_answers(self, status: int) -> bool:
        """Whether a second later nobody answers otherwise."""
        time.sleep(1)
        return self.answers() == Counter({status: AT_ONCE})


@pytest.fixture
def release(start_poolgate: Callable[..., Poolgate]) -> Iterator[Release]:
    server = start_poolgate("--workers", "2")
    client = server.client("apigateway")
    made = client.create_rest_api(name="pets")
    release = Release(server, client, made["id"], made["rootResourceId"])
    client.put_method(
        restApiId=release.api,
        resourceId=release.root,
        httpMethod="GET",
        authorizationType="NONE",
    )
    yield release
    client.close()


def _replace(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


def test_release_goes_forward_and_back_and_by_a_canary(release: Release) -> None:
    release.answer_with(200)
    first = release.deploy(stageName="prod")
    assert release.soon_answers(200)

    release.answer_with(201)
    assert release.soon_answers(200)

    second = release.deploy(stageName="prod")
    assert release.soon_answers(201)

    release.update(_replace("/deploymentId", first))
    assert release.soon_answers(200)

    release.update(
        _replace("/canarySettings/deploymentId", second),
        _replace("/canarySettings/percentTraffic", "50"),
    )
    time.sleep(1)
    shared = release.answers()
    assert set(shared) == {200, 201}

    stage = release.update(
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
        {"op": "remove", "path": "/canarySettings"},
    )
    assert stage["deploymentId"] == second
    assert "canarySettings" not in stage
    assert release.soon_answers(201)

    release.client.delete_stage(restApiId=release.api, stageName="prod")
    assert release.soon_answers(403)
