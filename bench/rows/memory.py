"""Resident memory of the one worker after start and a first answer."""

from __future__ import annotations

from bench.measurement import Contestant, Measurement, Target
from bench.processes import resident_bytes
from bench.stage import Stage
from tests.servers.poolgate_server import Poolgate

MEGABYTE = 1_000_000


def measure(stage: Stage) -> Measurement:
    server = Poolgate(stage.folder / "memory")

    def run(seconds: float) -> float:  # noqa: ARG001 - a start takes what it takes
        server.start()
        try:
            return max(map(resident_bytes, server.worker_pids())) / MEGABYTE
        finally:
            server.stop()

    poolgate = Contestant("Poolgate", run, Target(150, 90))
    return Measurement("memory of a worker after start", "MB", poolgate, less_is_better=True)
