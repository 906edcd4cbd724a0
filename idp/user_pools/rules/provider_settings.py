"""What a user pool is as an OpenID provider, beyond the members of CreateUserPool.

The document is the operator's (`poolgate pools oauth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules.documented_settings import Check, read


@dataclass(frozen=True)
class ProviderSettings:
    """A pool's settings, checked. The defaults are those of a pool that has none."""


NO_SETTINGS = ProviderSettings()

CHECKS: Mapping[str, Check] = {}


def parse(document: Any) -> ProviderSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ProviderSettings)
