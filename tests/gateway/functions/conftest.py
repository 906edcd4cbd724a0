"""Real functions beside a data plane that calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.effects import CallFunction, Keep, Recall
from gateway.performers.functions import calling
from gateway.performers.memory import Memory
from kernel.functions.registry import Functions
from kernel.functions.sources import FunctionFiles
from tests.gateway.conftest import Served
from tests.gateway.plane import API_HOST, Plane


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    folder = tmp_path / "functions"
    folder.mkdir()
    registry = Functions([FunctionFiles(folder)])
    yield registry
    registry.close()


@pytest.fixture
def write_function(functions: Functions, tmp_path: Path) -> Callable[[str, str], None]:
    def write(name: str, code: str) -> None:
        (tmp_path / "functions" / f"{name}.py").write_text(code)

    return write


@pytest.fixture
def clock() -> list[float]:
    """The memory's time: a test sets its only item."""
    return [0.0]


@pytest.fixture
def plane(tokens, functions: Functions, clock: list[float]) -> Iterator[Plane]:
    memory = Memory(monotonic=lambda: clock[0])
    made = Plane(
        tokens,
        performers={
            CallFunction: calling(functions),
            Recall: memory.recall,
            Keep: memory.keep,
        },
    )
    yield made
    made.pool.close()


@pytest.fixture
def call(plane: Plane, serve) -> Callable[..., object]:
    server: Served = serve(plane.app)

    def ask(path: str, **headers: str):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.get(path, headers={"Host": API_HOST, **sent})

    return ask
