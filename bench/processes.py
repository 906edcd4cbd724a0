"""Processes under measurement: their CPU time and memory from /proc, their CPUs, their lifetime."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
CPUS = sorted(os.sched_getaffinity(0))
SERVED_BY = frozenset(CPUS[:1])
"""The CPU of the server under measurement. Its clients, and its upstream, run on the others."""
ASKED_BY = frozenset(CPUS[1:]) or SERVED_BY


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        for thread in _listed(Path(f"/proc/{parent}/task")):
            children = _text(Path(f"/proc/{parent}/task/{thread}/children"))
            found.extend(int(child) for child in children.split())
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that the processes have taken so far."""
    ticks = 0
    for pid in pids:
        fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def resident_bytes(pid: int) -> int:
    """The memory of a process that is in RAM, shared pages included."""
    return int(_text(Path(f"/proc/{pid}/statm")).split()[1]) * PAGE


def pin(pids: Iterable[int], cpus: frozenset[int]) -> None:
    """Keep processes, and what they start later, on some CPUs."""
    for pid in pids:
        for thread in _listed(Path(f"/proc/{pid}/task")):
            os.sched_setaffinity(int(thread), cpus)


def per_cpu_second(pids: Sequence[int], work: Callable[[], float]) -> float:
    """How much `work` did, divided by the CPU time that the processes took meanwhile."""
    before = cpu_seconds(pids)
    done = work()
    return done / max(cpu_seconds(pids) - before, 1 / TICKS)


class Process:
    """A peer, started on the CPU of servers, with nothing on its standard input and output."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        cpus: frozenset[int] = SERVED_BY,
    ) -> None:
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )

    def wait_for(self, port: int, seconds: float = 20) -> None:
        """Until something listens on the port. Raises `RuntimeError` with what it said."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"{self.process.args} did not start")

    @property
    def pids(self) -> list[int]:
        return tree(self.process.pid)

    def stop(self) -> None:
        for pid in reversed(self.pids):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _listed(path: Path) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
