"""Whose hands a token is good in: the claim `cnf` (RFC 7800), and what a caller proves to have.

`jkt` is the thumbprint of a DPoP key (RFC 9449 §6.1), `x5t#S256` that of a certificate of mutual
TLS (RFC 8705 §3.1).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Confirmation = Mapping[str, str]
NOTHING: Confirmation = MappingProxyType({})
DPOP_KEY, CERTIFICATE = "jkt", "x5t#S256"


def is_met(bound: Any, proven: Confirmation) -> bool:
    """Whether everything that a token is bound to is proven. A method of confirmation that is
    unknown here is not: "if that is not possible, the JWT must be rejected" is what being bound
    means (RFC 7800 §3.1)."""
    if not isinstance(bound, Mapping):
        return False
    return all(
        isinstance(value, str)
        and hmac.compare_digest(value.encode(), proven.get(name, "").encode())
        for name, value in bound.items()
    )
