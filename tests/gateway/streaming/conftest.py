"""A data plane before a backend that streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

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


class Front:
    """The real server, in a process of its own, before a backend."""

    def __init__(self, backend: str, **options: float | str) -> None:
        root = Path(__file__).parents[3]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateway.streaming.front", backend, json.dumps(options)],
            stdout=subprocess.PIPE,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._clients: list[Client] = []

    def connect(self, kind: str = "http", **options) -> Client:
        """A client of the HTTP API or of the REST API."""
        target = {"http": "/s", "rest": "/prod/s"}[kind]
        self._clients.append(Client(self.port, target, f"{kind}.execute-api.localhost", **options))
        return self._clients[-1]

    def state(self) -> dict[str, Any]:
        """`open` connections to the backend, and the access log's `lines`."""
        with urlopen(f"http://127.0.0.1:{self.port}/_state", timeout=10) as answer:
            return json.load(answer)

    def wait_until_nothing_is_open(self) -> None:
        ends = time.monotonic() + 10
        while self.state()["open"]:
            assert time.monotonic() < ends, "a connection to the backend stays open"
            time.sleep(0.05)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def front(backend):
    """Starts the real server before `backend`, or another one."""
    made: list[Front] = []

    def start(url: str = "", **options: float | str) -> Front:
        made.append(Front(url or backend.url, **options))
        return made[-1]

    yield start
    for each in made:
        each.close()
