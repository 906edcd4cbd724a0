"""The client secret itself, where an operation or endpoint takes it instead of SECRET_HASH."""

from __future__ import annotations

import hmac
from collections.abc import Sequence


def is_client_secret(given: str | None, secrets: Sequence[str]) -> bool:
    """Whether `given` is one of the client's secrets; a public client must give none."""
    if not secrets:
        return not given
    candidate = (given or "").encode("utf-8", "surrogatepass")
    # No early exit: the time must not tell which secret fitted.
    fits = [hmac.compare_digest(secret.encode(), candidate) for secret in secrets]
    return any(fits)
