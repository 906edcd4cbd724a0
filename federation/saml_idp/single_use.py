"""A message of an application is good once."""

from __future__ import annotations

import hashlib

from federation.saml.logout_messages import LEEWAY, OLDEST
from kernel.runtime import Kernel


def claim(kernel: Kernel, pool_id: str, entity_id: str, message_id: str) -> bool:
    """Whether the message comes for the first time. It is remembered for as long as it is new
    enough to be taken."""
    name = hashlib.sha256(f"{entity_id} {message_id}".encode()).hexdigest()
    return kernel.shared_state.claim(f"saml-application:{pool_id}:{name}", OLDEST + 2 * LEEWAY)
