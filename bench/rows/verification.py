"""An RS256 token verified for the first time, against bare RSA verification."""

from __future__ import annotations

import time
from itertools import cycle

from bench.limits import has_openssl, openssl_rsa2048
from bench.measurement import Contestant, Measurement, Target
from bench.peer_servers import Missing
from bench.rows.contestants import installed
from bench.stage import Stage
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.keys import generate, public_jwk
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.signing import sign
from kernel.tokens.verification import Verifier

ISSUER = "http://localhost:8080/us-east-1_Bench0000"
DISTINCT_TOKENS = 256


class Verification:
    """A round: verify tokens in turn, with a memory too small to remember any."""

    def __init__(self) -> None:
        key, now = generate(), int(time.time())
        issuers = LocalIssuers()
        issuers.put(ISSUER, [public_jwk(key)])
        self.verifier = Verifier(issuers, RevocationSet(time.time), cache_size=1)
        common = {"iss": ISSUER, "iat": now, "exp": now + 3600, "token_use": "access"}
        people = [{**common, "sub": f"person-{n}", "jti": f"{n}"} for n in range(DISTINCT_TOKENS)]
        self.tokens = cycle([sign(claims, key) for claims in people])

    def __call__(self, seconds: float) -> float:
        begin, done = time.process_time(), 0
        while time.process_time() - begin < seconds:
            for _ in range(DISTINCT_TOKENS):
                self.verifier.verify(next(self.tokens))
            done += DISTINCT_TOKENS
        return done / (time.process_time() - begin)


def measure(stage: Stage) -> Measurement:  # noqa: ARG001 - no server takes part
    def openssl() -> Contestant:
        if not has_openssl():
            raise Missing("openssl")
        target = Target(0.55, 0.65)
        return Contestant("openssl speed", lambda _seconds: openssl_rsa2048()[1], target)

    others, missing = installed(openssl)
    title = "RS256 verification, fresh token"
    ours = Contestant("Poolgate", Verification())
    return Measurement(title, "/CPU s", ours, others, missing)
