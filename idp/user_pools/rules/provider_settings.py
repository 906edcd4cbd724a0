"""What a user pool is as an OpenID provider, beyond the members of CreateUserPool.

The document is the operator's (`poolgate pools oauth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import assertion_issuers
from idp.user_pools.rules.assertion_issuers import AssertionIssuer
from idp.user_pools.rules.documented_settings import Check, read


@dataclass(frozen=True)
class ProviderSettings:
    """A pool's settings, checked. The defaults are those of a pool that has none."""

    assertion_issuers: tuple[AssertionIssuer, ...] = ()
    """Whose assertions buy tokens of its users (RFC 7523 §2.1)."""


NO_SETTINGS = ProviderSettings()

CHECKS: Mapping[str, Check] = {"assertion_issuers": assertion_issuers.check}


def parse(document: Any) -> ProviderSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ProviderSettings)
