"""A REST API whose snapshot the test writes, on a real server."""

from __future__ import annotations

import pytest

from gateway.snapshot import IntegrationResponse, RestIntegration, Route
from tests.gateway.conftest import Answer, Served
from tests.gateway.plane import API_HOST, Plane

JSON = "application/json"


class Rest:
    """One method of a REST API, and calls of it."""

    def __init__(self, plane: Plane, server: Served) -> None:
        self._plane = plane
        self._server = server

    def show(self, integration: RestIntegration, key: str = "ANY /{proxy+}", **options) -> None:
        """Serve one method. `method` is its `RestMethod`; others are the stage's."""
        method = options.pop("method", None)
        self._plane.show_rest(Route(key, integration, rest=method), **options)

    def mock(self, template: str = "{statusCode: 200}", body: str = "", **options) -> None:
        """Serve a mock whose templates are these; `response` are members of its response."""
        response = {"status": "200", **options.pop("response", {})}
        if body:
            response["templates"] = {JSON: body}
        integration = RestIntegration(
            "MOCK",
            request_templates={JSON: template},
            responses=(IntegrationResponse(**response),),
            **options.pop("integration", {}),
        )
        self.show(integration, **options)

    def call(self, method: str = "GET", path: str = "/x", **options) -> Answer:
        headers = {"Host": API_HOST, **options.pop("headers", {})}
        return self._server.request(method, f"/prod{path}", headers=headers, **options)


@pytest.fixture
def rest(plane: Plane, server: Served) -> Rest:
    return Rest(plane, server)
