"""What arithmetic alone costs here: rates per CPU-second that no server can exceed."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from functools import cache

import gmpy2

from bench.srp import G, N

SRP_EXPONENT = gmpy2.mpz(2**256 - 189)
"""x is a SHA-256 digest: an exponent of 256 bits."""


def openssl_rsa2048() -> tuple[float, float]:
    """RSA-2048 signatures and verifications per CPU-second, as `openssl speed` counts them."""
    said = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "rsa2048"], capture_output=True, text=True, check=True
    ).stdout
    line = next(line for line in said.splitlines() if re.match(r"rsa +2048 bits", line))
    rates = [float(word) for word in re.findall(r"(\d+\.\d+)(?=\s|$)", line)]
    return rates[0], rates[1]


def srp_exponentiations(seconds: float = 0.2) -> float:
    """Powers of 256 bits in the 3072-bit group per CPU-second, by GMP."""
    before, done = time.process_time(), 0
    while time.process_time() - before < seconds:
        gmpy2.powmod(G, SRP_EXPONENT, N)
        done += 1
    return done / (time.process_time() - before)


def arithmetic(signatures: int, exponentiations: int = 0) -> Callable[[float], float]:
    """A round of the limit of a request that needs this many of each."""

    def run(seconds: float) -> float:
        cost = signatures / openssl_rsa2048()[0]
        if exponentiations:
            cost += exponentiations / srp_exponentiations(min(seconds, 0.5))
        return 1 / cost

    return run


@cache
def has_openssl() -> bool:
    try:
        subprocess.run(["openssl", "version"], capture_output=True, check=True)
    except OSError:
        return False
    return True
