"""USER_SRP_AUTH: two requests, two exponentiations of the server, two signatures."""

from __future__ import annotations

from bench.measurement import Contestant, Measurement, Target
from bench.rows.contestants import installed, limit
from bench.stage import Stage, rate


def measure(stage: Stage) -> Measurement:
    others, missing = installed(limit("2 RSA-2048 signatures + 2 SRP exponentiations", 2, 2))
    ours = rate(stage.server.port, stage.server_pids, stage.client.srp_sign_ins())
    poolgate = Contestant("Poolgate", ours, Target(250, 330))
    return Measurement("SRP sign-in", "/CPU s", poolgate, others, missing)
