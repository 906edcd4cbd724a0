"""`poolgate serve` as a person starts it: a process of its own, on an instance of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.servers.operations_seen import watch
from tests.servers.run import free_port, stop

REGION = "us-east-1"
ACCESS_KEY_ID = "AKIAPOOLGATETESTS001"
SECRET_ACCESS_KEY = "tests-only-8c2f1d7a90b34e5f6a7b"
START_SECONDS = 30
SESSION = watch(boto3.session.Session())


@dataclass
class Outbox:
    """Messages that the server wrote instead of sending them."""

    path: Path

    def messages(self, to: str) -> list[dict[str, Any]]:
        """The messages to an address, oldest first: channel, to, subject, body, code."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [message for message in map(json.loads, lines) if message["to"] == to]

    def latest(self, to: str, *, after: int = 0, seconds: float = 10) -> dict[str, Any]:
        """The newest message to an address, once there are more than `after` of them."""
        deadline = time.monotonic() + seconds
        while len(found := self.messages(to)) <= after:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no message to {to} within {seconds} s")
            time.sleep(0.02)
        return found[-1]


@dataclass
class Poolgate:
    """A server. `environment` holds POOLGATE_* settings, `arguments` what follows `serve`."""

    instance: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The public origin, which issuers start with."""
        return f"http://localhost:{self.port}"

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.instance / "outbox.jsonl")

    @property
    def log(self) -> Path:
        """All that the process and its workers have written to standard output and error."""
        return self.instance.with_name(f"{self.instance.name}.log")

    def start(self) -> Poolgate:
        """Start and wait until `/ready` answers 200."""
        program = Path(sys.executable).with_name("poolgate")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    "serve",
                    f"--port={self.port}",
                    f"--instance={self.instance}",
                    *self.arguments,
                ],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()
        return self

    def stop(self) -> int:
        """End as an operator does, with SIGTERM; the exit status."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.terminate()
        try:
            return process.wait(35)
        finally:
            if process.poll() is None:
                self._kill(process)

    def kill(self) -> None:
        """End as a power cut does: SIGKILL for the supervisor and every worker."""
        if self.process is not None:
            process, self.process = self.process, None
            self._kill(process)

    def restart(self) -> Poolgate:
        """Stop and start on the same instance, port and settings."""
        self.stop()
        return self.start()

    def command(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command of `poolgate` on the instance, as an operator beside the server."""
        program = Path(sys.executable).with_name("poolgate")
        return subprocess.run(
            [program, *words, f"--instance={self.instance}"],
            env={**self._environment(), "POOLGATE_PORT": str(self.port)},
            input=text,
            capture_output=True,
            text=True,
            timeout=50,
        )

    def worker_pids(self) -> list[int]:
        """The worker processes: children of the supervisor that accept connections."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [pid for pid in map(int, children.read_text().split()) if _listens(pid, self.port)]

    def client(
        self, service: str, *, signed: bool = True, secret_access_key: str = SECRET_ACCESS_KEY
    ) -> Any:
        """A boto3 client on this server, without retries."""
        return SESSION.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=secret_access_key,
            config=Config(
                retries={"total_max_attempts": 1},
                signature_version=None if signed else UNSIGNED,
            ),
        )

    def _environment(self) -> dict[str, str]:
        ours = ("POOLGATE_", "AWS_", "PYTHONDONTWRITEBYTECODE")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return {
            **inherited,
            "POOLGATE_ROOT_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "POOLGATE_ROOT_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "POOLGATE_UPSTREAM_ALLOW": "127.0.0.0/8",
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5):
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.01)
        self._kill(self.process)
        raise RuntimeError(f"poolgate serve did not become ready:\n{self.log.read_text()[-4000:]}")

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        """The supervisor first, so that it makes no new worker."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        pids = children.read_text().split() if process.poll() is None else []
        process.kill()
        process.wait()
        for pid in pids:
            stop(int(pid), signal.SIGKILL)


def _listens(pid: int, port: int) -> bool:
    """Whether a process holds a socket that listens on a TCP port."""
    address = re.compile(rf": \w+:{port:04X} \w+:0000 0A (?:\S+ ){{5}}(\d+)")
    try:
        table = re.sub(r" +", " ", Path(f"/proc/{pid}/net/tcp").read_text())
        inodes = {f"socket:[{inode}]" for inode in address.findall(table)}
        return any(os.readlink(f) in inodes for f in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.fixture
def start_poolgate(tmp_path: Path) -> Iterator[Callable[..., Poolgate]]:
    """Start a server with arguments of `serve` and settings by name; stopped after the test.

    `start_poolgate("--workers", "2", database_url=url)`
    """
    started: list[Poolgate] = []

    def start(*arguments: str, **settings: str) -> Poolgate:
        environment = {f"POOLGATE_{name.upper()}": value for name, value in settings.items()}
        instance = tmp_path / f"instance{len(started) or ''}"
        started.append(Poolgate(instance, environment, arguments))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def poolgate_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poolgate]:
    """A server of this worker's own, which its tests share: SQLite, one process, no demo."""
    server = Poolgate(tmp_path_factory.mktemp("poolgate") / "instance").start()
    yield server
    server.stop()
