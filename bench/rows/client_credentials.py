"""The token endpoint with client credentials: check a secret, sign one token."""

from __future__ import annotations

from bench.measurement import Contestant, Measurement, Target
from bench.rows.contestants import installed, limit
from bench.stage import Stage, rate


def measure(stage: Stage) -> Measurement:
    def oidc_provider() -> Contestant:
        peer = stage.oidc_provider
        run = rate(peer.port, peer.process.pids, stage.oidc_machine.client_credentials())
        return Contestant("oidc-provider", run, Target(1.1, 1.5))

    others, missing = installed(limit("1 RSA-2048 signature", 1), oidc_provider)
    ours = rate(stage.server.port, stage.server_pids, stage.machine.client_credentials())
    title = "client-credential token"
    return Measurement(title, "/CPU s", Contestant("Poolgate", ours), others, missing)
