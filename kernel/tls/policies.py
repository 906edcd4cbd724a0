"""API Gateway's security policies that are enforced here: the oldest TLS, and TLS 1.2's ciphers.

Those of TLS 1.0 are not spoken (RFC 9325 §3.1.1); those that promise FIPS modules or post-quantum
key agreement depend on how OpenSSL was built, and are refused.
"""

from __future__ import annotations

import ssl
from typing import NamedTuple


class Policy(NamedTuple):
    """`ciphers` are those of TLS 1.2 by OpenSSL's names; empty leaves Python's own choice, which
    has forward secrecy and authenticated encryption before all else."""

    minimum: ssl.TLSVersion
    ciphers: str = ""


_FORWARD_SECRET = "ECDHE+AESGCM:ECDHE+CHACHA20"

POLICIES = {
    "TLS_1_2": Policy(ssl.TLSVersion.TLSv1_2),
    "SecurityPolicy_TLS13_1_2_2021_06": Policy(ssl.TLSVersion.TLSv1_2, _FORWARD_SECRET),
    "SecurityPolicy_TLS13_1_3_2025_09": Policy(ssl.TLSVersion.TLSv1_3),
    "SecurityPolicy_TLS12_PFS_2025_EDGE": Policy(ssl.TLSVersion.TLSv1_2, _FORWARD_SECRET),
    "SecurityPolicy_TLS13_2025_EDGE": Policy(ssl.TLSVersion.TLSv1_3),
}
