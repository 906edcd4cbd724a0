"""A message of another side is good once."""

from __future__ import annotations

import hashlib

from kernel.runtime import Kernel


def claim(kernel: Kernel, kind: str, issuer: str, message_id: str, seconds: float) -> bool:
    """Whether a message of that kind, by that issuer, comes for the first time. It is remembered
    for so many `seconds`: as long as it is new enough to be taken."""
    name = hashlib.sha256(f"{issuer} {message_id}".encode()).hexdigest()
    return kernel.shared_state.claim(f"{kind}:{name}", seconds)
