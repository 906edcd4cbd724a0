"""From the command to the first answer of an initialised instance."""

from __future__ import annotations

import time

from bench.measurement import Contestant, Measurement, Target
from bench.stage import Stage
from tests.servers.poolgate_server import Poolgate


def measure(stage: Stage) -> Measurement:
    server = Poolgate(stage.folder / "start")
    server.start().stop()  # makes the instance

    def run(seconds: float) -> float:  # noqa: ARG001 - a start takes what it takes
        begin = time.perf_counter()
        server.start()
        taken = time.perf_counter() - begin
        server.stop()
        return taken

    poolgate = Contestant("Poolgate", run, Target(1.5, 0.8))
    return Measurement("start to first answer", "s", poolgate, less_is_better=True)
