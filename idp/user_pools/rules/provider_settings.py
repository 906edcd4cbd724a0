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

    require_pushed_authorization_requests: bool = False
    """Of every client of the pool (RFC 9126 §5)."""
    require_signed_request_object: bool = False
    """Of every client of the pool (RFC 9101 §10.5)."""
    dynamic_registration: str = "off"
    """Who may register clients at /oauth2/register: nobody (`off`), who has a token of `poolgate
    pools registration-token` (`token`), or everybody (`open`)."""


NO_SETTINGS = ProviderSettings()

CHECKS: Mapping[str, Check] = {
    "require_pushed_authorization_requests": flag,
    "require_signed_request_object": flag,
    "dynamic_registration": one_of("off", "token", "open"),
}


def parse(document: Any) -> ProviderSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ProviderSettings)
