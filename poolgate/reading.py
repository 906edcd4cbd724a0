"""Reading settings whole: the kernel's own checks, then those of the packages that act on them.

Start, doctor and reload all come here, so none of them takes what a worker could not start with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway import raised_quotas
from gateway.acme import starting as acme
from idp.user_pools.rules import quotas
from idp.user_pools.services.threats import places
from kernel import settings as settings_module
from kernel.messaging import sms
from kernel.settings import Settings

CHECKS: tuple[Callable[[Settings], None], ...] = (
    quotas.check_names,
    raised_quotas.check,
    sms.check_name,
    places.check_database,
    acme.check,
)


def load(flags: Mapping[str, Any]) -> Settings:
    """Settings of file, environment and flags. Raises `SettingError` for one that cannot work."""
    settings = settings_module.load(flags)
    for check in CHECKS:
        check(settings)
    return settings
