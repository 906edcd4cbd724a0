"""The real server, in a process of its own, around the application of toy_server.py."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.servers.run import free_port, stop
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).with_name("toy_server.py")

# Where the environment keeps Python from writing compiled modules, each start would take seconds.
COMPILED = (
    {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{tempfile.gettempdir()}/poolgate-pyc"}
    if sys.dont_write_bytecode
    else {}
)


@dataclass
class Toy:
    """A server on an instance of its own. `environment` holds POOLGATE_* settings."""

    instance: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log_file.read_text()

    @property
    def _log_file(self) -> Path:
        return self.instance.with_name(f"{self.instance.name}.log")

    def start(self, *, ready: bool = True) -> Toy:
        words = ["serve", "--port", str(self.port), "--instance", str(self.instance)]
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(TOY), *words, *self.arguments],
                env={**os.environ, **COMPILED, "PYTHONPATH": str(ROOT), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if ready:
            wait_until(self._accepts, 20)
        return self

    def _accepts(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        # The socket listens before a worker is there to answer.
        return '"Listening' in self.log and self.get("/")["pid"] > 0

    def get(self, path: str, *, method: str = "GET", timeout: float = 10, **headers: str) -> Any:
        scheme, context = "http", None
        if "--tls-cert" in self.arguments:
            scheme, context = "https", ssl._create_unverified_context()  # noqa: S323
        url = f"{scheme}://127.0.0.1:{self.port}{path}"
        try:
            with urlopen(
                Request(url, method=method, headers=headers), timeout=timeout, context=context
            ) as answer:
                return json.load(answer)
        except OSError:
            if path == "/":
                return {"pid": 0}
            raise

    def raw(
        self,
        data: bytes,
        *,
        seconds: float = 5,
        half_close: bool = False,
        first_packet: int | None = None,
    ) -> bytes:
        """Send bytes and return all that comes back until the server closes or falls silent.

        The server gets the first `first_packet` bytes, and a moment later the others.
        """
        with self.connect() as connection:
            connection.settimeout(seconds)
            if first_packet:
                connection.sendall(data[:first_packet])
                time.sleep(0.05)
            connection.sendall(data[first_packet or 0 :])
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return receive(connection)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def signal(self, which: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(which)

    def workers(self) -> list[int]:
        """The forked processes of the supervisor that run our program."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, children.split()) if _runs_python(pid)]

    def others(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, children.split()) if not _runs_python(pid)]

    def stop(self) -> int | None:
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(35)
        finally:
            if self.process.poll() is None:
                children = self.workers() + self.others()
                self.process.kill()
                for pid in children:
                    stop(pid)


def _runs_python(pid: int) -> bool:
    try:
        return b"toy_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def receive(connection: socket.socket) -> bytes:
    """All bytes until the end, a reset, or the socket's time-out."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except (TimeoutError, ConnectionResetError):
        pass
    return received


@pytest.fixture
def start_toy() -> Iterator[Callable[..., Toy]]:
    """`start_toy("--workers", "2", POOLGATE_REGION="eu-west-1")`; stopped after the test."""
    started: list[Toy] = []
    # Unix socket paths are short; pytest's folders may not be.
    with tempfile.TemporaryDirectory() as folder:

        def start(*arguments: str, ready: bool = True, **environment: str) -> Toy:
            toy = Toy(Path(folder) / f"i{len(started)}", arguments, environment)
            started.append(toy)
            return toy.start(ready=ready)

        yield start
        for toy in started:
            toy.stop()


@pytest.fixture(scope="module")
def toy() -> Iterator[Toy]:
    """One server for all tests of a module that leave it as it was."""
    with tempfile.TemporaryDirectory() as folder:
        shared = Toy(Path(folder) / "i", environment={"POOLGATE_TRUSTED_PROXIES": "127.0.0.1"})
        yield shared.start()
        shared.stop()
