"""What the xdist workers of one test run share: a folder, and servers that are started once.

The process that the person started makes the folder and, at the end, stops what was registered in
it, whichever worker started that.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PORTS = (11_000, 32_000)
RUN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    handed_over = getattr(config, "workerinput", {}).get("run_folder")
    if handed_over:
        config.stash[RUN_FOLDER] = Path(handed_over)
        return
    folder = Path(tempfile.mkdtemp(prefix="poolgate-tests-"))
    folder.chmod(0o711)  # PostgreSQL does not run as root: its user must get through
    config.stash[RUN_FOLDER] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run_folder"] = str(node.config.stash[RUN_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is None or hasattr(config, "workerinput"):
        return
    for registered in folder.glob("*.pid"):
        stop(int(registered.read_text()), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """A folder with a short path, shared by the workers of this run and deleted after it."""
    return pytestconfig.stash[RUN_FOLDER]


def started_once(
    folder: Path, name: str, start: Callable[[], tuple[subprocess.Popen[bytes], str]]
) -> str:
    """The address of the run's server `name`; the first worker to ask starts it."""
    address = folder / f"{name}.address"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            process, value = start()
            process.returncode = 0  # nobody's child: it outlives this worker
            (folder / f"{name}.pid").write_text(str(process.pid))
            address.write_text(value)
        return address.read_text()


def stop(pid: int, how: signal.Signals = signal.SIGTERM, patience: float = 5) -> None:
    """Signal a process and wait until it is gone; kill it when that takes too long."""
    for attempt in (how, signal.SIGKILL):
        deadline = time.monotonic() + patience
        try:
            os.kill(pid, attempt)
            while time.monotonic() < deadline and _is_running(pid):
                time.sleep(0.02)
        except ProcessLookupError:
            return


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at the moment.

    It is below those that the system gives to outgoing connections, one of which would take it
    before its server does. Chromium and Node refuse some ports, all of them lower.
    """
    while True:
        port = random.SystemRandom().randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
