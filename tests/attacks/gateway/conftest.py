"""Attackers' means: data planes with real backends and functions behind them, and raw requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.effects import CallFunction, FindCached, Keep, KeepCached, Recall
from gateway.performers.cached_replies import CachedReplies
from gateway.performers.functions import calling
from gateway.performers.memory import Memory
from kernel.functions.registry import Functions
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess
from tests.attacks.gateway.live import Live, make_backend, start
from tests.gateway.conftest import (  # noqa: F401 - fixtures
    Served,
    gateway,
    make_gateway,
    ok,
    serve,
    tokens,
    upstream,
)
from tests.gateway.control.conftest import caller, kernel, sqlite  # noqa: F401 - the same
from tests.gateway.functions.conftest import functions, write_function  # noqa: F401 - the same
from tests.gateway.plane import API_HOST, Plane
from tests.servers.poolgate_server import Poolgate


@pytest.fixture(scope="module")
def live_server(poolgate_server: Poolgate) -> Iterator[Live]:
    backend = make_backend()
    yield start(poolgate_server, backend)
    backend.close()


@pytest.fixture
def live(live_server: Live) -> Live:
    """Two APIs on a real server, whose backend has seen nothing yet."""
    live_server.backend.requests.clear()
    live_server.backend.answers[:] = [ok()]
    return live_server


@pytest.fixture
def plane(tokens, functions: Functions) -> Iterator[Plane]:  # noqa: F811 - fixtures
    """A data plane with what an attacked API needs; backends may have any address."""
    memory = Memory()
    cached = CachedReplies(InProcess(), Sealer({1: bytes(32)}), now=lambda: 0.0)
    made = Plane(
        tokens,
        performers={
            CallFunction: calling(functions),
            Recall: memory.recall,
            Keep: memory.keep,
            FindCached: cached.find,
            KeepCached: cached.keep,
        },
        on_end=[cached.done],
    )
    yield made
    made.pool.close()


@pytest.fixture
def send(plane: Plane, serve: Callable[[Any], Served]) -> Callable[..., Any]:  # noqa: F811 - fixtures
    """Send a request to the plane's API: `send(path, method=..., headers=..., body=...)`."""
    server = serve(plane.app)

    def ask(
        path: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None
    ):
        return server.request(
            method, path, headers={"Host": API_HOST, **(headers or {})}, body=body
        )

    return ask
