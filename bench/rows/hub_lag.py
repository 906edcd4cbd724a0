"""How long a trivial request waits while the server is busy with SRP: nothing may block the hub."""

from __future__ import annotations

import subprocess
import sys

from bench.load import drive
from bench.measurement import Contestant, Measurement, Target
from bench.stage import CONNECTIONS, Stage


def measure(stage: Stage) -> Measurement:
    port, sign_ins = stage.server.port, stage.client.srp_sign_ins()

    def run(seconds: float) -> float:
        # A process of its own: this one computes the clients' SRP.
        command = [sys.executable, "-m", "bench.probe", str(port), str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as probe:
            drive(port, sign_ins, connections=CONNECTIONS, seconds=seconds)
            said, _ = probe.communicate(timeout=30)
        return float(said)

    poolgate = Contestant("Poolgate", run, Target(10, 5))
    return Measurement("hub lag under SRP load, p99", "ms", poolgate, less_is_better=True)
