"""How many requests a second each category of operations may have, and who has had them.

Nothing is limited unless an operator says so: a limit protects AWS's tenants from each other, and a
server that somebody runs for himself would only become slower than it is. `rate_limits = aws` takes
AWS's default rates; UpdateProvisionedLimit sets the rate of one category, for one account and
region, in INSTANCE/provisioned-limits.json, which the workers of an instance share.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path

import orjson

from idp.errors import TooManyRequests
from idp.user_pools.rules import rate_limits
from idp.user_pools.rules.rate_limits import Bucket
from kernel.runtime import Kernel

CHANNEL = "provisioned-limits"
FILE = "provisioned-limits.json"

Rates = Mapping[tuple[str, str, str], int]
"""Requests a second by account, region and category."""

_KEY = re.compile(r"(\d{12})/([a-z0-9-]+)/([A-Za-z]+)")


class RateLimits:
    """The limits of one process."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._path = kernel.settings.instance / FILE
        takes_defaults = kernel.settings.rate_limits == "aws"
        self._defaults: Mapping[str, int] = rate_limits.DEFAULTS if takes_defaults else {}
        self._provisioned: Rates = {}
        self._is_off = True
        self.reload()
        kernel.shared_state.subscribe(CHANNEL, lambda _: self.reload(), self.reload)

    def take(self, account: str, region: str, bucket: Bucket) -> None:
        """Count one request. Raises `TooManyRequests` where there were too many already."""
        if self._is_off:
            return
        rate = self.enforced(account, region, bucket.category)
        if rate is None:
            return
        rate *= bucket.share
        name = f"cognito-idp:{account}:{region}:{bucket.name}"
        if not self._kernel.shared_state.take(name, rate, rate, self._kernel.clock.time()):
            raise TooManyRequests

    def enforced(self, account: str, region: str, category: str) -> int | None:
        """The category's requests a second; None where nothing limits them."""
        own = self._provisioned.get((account, region, category))
        return own if own is not None else self._defaults.get(category)

    def provision(self, account: str, region: str, category: str, rate: int) -> None:
        """Set a limit for every worker of this instance. Not on the hub: it writes a file."""
        lock = os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rates = {**_read(self._path), (account, region, category): rate}
            _write(self._path, rates)
        finally:
            os.close(lock)

    def announce(self) -> None:
        """Let every worker read what was provisioned."""
        self.reload()
        self._kernel.shared_state.publish(CHANNEL, b"")

    def reload(self) -> None:
        self._provisioned = _read(self._path)
        self._is_off = not (self._provisioned or self._defaults)


def of(kernel: Kernel) -> RateLimits:
    """The limits of this process, made at the first request."""
    try:
        return kernel.of(RateLimits)
    except KeyError:
        limits = RateLimits(kernel)
        kernel.provide(limits)
        return limits


def _read(path: Path) -> Rates:
    """What does not look like a limit is passed over: a torn file must not stop sign-ins."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    rates: dict[tuple[str, str, str], int] = {}
    for key, rate in found.items() if isinstance(found, dict) else ():
        match = _KEY.fullmatch(key)
        if match and isinstance(rate, int) and match[3] in rate_limits.DEFAULTS:
            rates[match[1], match[2], match[3]] = rate
    return rates


def _write(path: Path, rates: Rates) -> None:
    """As a whole: a reader sees the old file or the new one."""
    content = {"/".join(key): rate for key, rate in sorted(rates.items())}
    temporary = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
