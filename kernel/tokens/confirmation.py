"""Whose hands a token is good in: the claim `cnf` (RFC 7800), and what a caller proves to have.

`jkt` is the thumbprint of a DPoP key (RFC 9449 §6.1), `x5t#S256` that of a certificate of mutual
TLS (RFC 8705 §3.1).
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kernel.tokens import encoding

Confirmation = Mapping[str, str]
NOTHING: Confirmation = MappingProxyType({})
DPOP_KEY, CERTIFICATE = "jkt", "x5t#S256"


def of_certificate(pem: str) -> str:
    """RFC 8705 §3.1: the thumbprint of a certificate that a connection was made with."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()
    return encoding.encode(digest)


def is_met(bound: Any, proven: Confirmation) -> bool:
    """Whether everything that a token is bound to is proven. By a method that is unknown here
    nothing can be."""
    if not isinstance(bound, Mapping):
        return False
    return all(
        isinstance(value, str)
        and hmac.compare_digest(value.encode(), proven.get(name, "").encode())
        for name, value in bound.items()
    )
