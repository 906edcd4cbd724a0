"""InitiateAuth with USER_PASSWORD_AUTH: check a password, sign two tokens, keep a session."""

from __future__ import annotations

from bench.measurement import Contestant, Measurement, Target
from bench.rows.contestants import installed, limit
from bench.stage import Stage, rate


def measure(stage: Stage) -> Measurement:
    def moto() -> Contestant:
        peer, client = stage.moto
        run = rate(peer.port, peer.process.pids, client.password_sign_ins())
        return Contestant("moto server", run, Target(1.3, 1.5))

    def cognito_local() -> Contestant:
        peer, client = stage.cognito_local
        run = rate(peer.port, peer.process.pids, client.password_sign_ins())
        return Contestant("cognito-local", run, Target(3, 4))

    arithmetic = limit("2 RSA-2048 signatures + 1 SRP exponentiation", 2, 1, Target(0.60, 0.75))
    others, missing = installed(arithmetic, moto, cognito_local)
    sign_ins = stage.client.password_sign_ins()
    ours = rate(stage.server.port, stage.server_pids, sign_ins)
    return Measurement("password sign-in", "/CPU s", Contestant("Poolgate", ours), others, missing)
