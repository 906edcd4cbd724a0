"""What a user pool is as an OpenID provider, beyond the members of CreateUserPool.

The document is the operator's (`poolgate pools oauth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules.documented_settings import Check, flag, one_of, read


@dataclass(frozen=True)
class ProviderSettings:
    """A pool's settings, checked. The defaults are those of a pool that has none."""

    session_management: bool = False
    """Whether clients may watch for a sign-out in a frame (Session Management 1.0)."""

    claim_types: str = "cognito"
    """`cognito`: every attribute is a text, and `userInfo` says "true". `openid`: claims have the
    types of OIDC Core §5.1, in ID tokens and from `userInfo`."""
    require_pushed_authorization_requests: bool = False
    """Of every client of the pool (RFC 9126 §5)."""

    @property
    def has_standard_claims(self) -> bool:
        return self.claim_types == "openid"


NO_SETTINGS = ProviderSettings()

CHECKS: Mapping[str, Check] = {
    "claim_types": one_of("cognito", "openid"),
    "session_management": flag,
    "require_pushed_authorization_requests": flag,
}


def parse(document: Any) -> ProviderSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ProviderSettings)
