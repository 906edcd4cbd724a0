"""A data plane before a backend that streams."""

from __future__ import annotations

import pytest

from gateway.snapshot import HttpProxyIntegration, RestIntegration, Route
from tests.gateway.plane import API_HOST, Plane
from tests.gateway.streaming.backend import Client, StreamingBackend


@pytest.fixture
def backend():
    made = StreamingBackend()
    yield made
    made.close()


@pytest.fixture
def plane(tokens):
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def server(plane, serve):
    return serve(plane.app)


@pytest.fixture(params=["HTTP", "REST"])
def target(request, plane, backend):
    """The path of a streaming route, of an API of either kind."""
    if request.param == "HTTP":
        plane.show(Route("ANY /s", HttpProxyIntegration(f"{backend.url}/s", timeout_ms=60_000)))
        return "/s"
    integration = RestIntegration(
        "HTTP_PROXY", method="ANY", uri=f"{backend.url}/s", timeout_ms=60_000, streams=True
    )
    plane.show_rest(Route("ANY /s", integration))
    return "/prod/s"


@pytest.fixture
def connect(server, target):
    made: list[Client] = []

    def start(**options) -> Client:
        made.append(Client(server.port, target, API_HOST, **options))
        return made[-1]

    yield start
    for client in made:
        client.close()
